using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>Holds the log to its limits. Between two measurements it counts the bytes written, so that appends cost no system call.</summary>
internal sealed partial class SpaceGuard
{
    // Room that must be there before appends go on: otherwise a limit would be crossed to and fro with every event.
    private const long ReopenBytes = 1 << 20;

    private readonly IStorage _storage;
    private readonly LogFolder _folder;
    private readonly SegmentSet _segments;
    private readonly StateDatabase _database;
    private readonly StateStore _store;
    private readonly LogHealth _health;
    private readonly ILogger _logger;
    private readonly long _maxSize;
    private readonly long _minFree;
    private readonly long _slack;
    private long _used;
    private long _free;
    private bool _full;

    public SpaceGuard(EmbeddedLogOptions options, LogFolder folder, SegmentSet segments, StateDatabase database, StateStore store, LogHealth health, ILogger logger)
    {
        _storage = options.Storage;
        _folder = folder;
        _segments = segments;
        _database = database;
        _store = store;
        _health = health;
        _logger = logger;
        _maxSize = options.MaxSizeBytes ?? (_storage.GetSpace(folder.Root).Total / 2);
        _minFree = options.MinFreeDiskBytes;

        // Settled segments are given up for space a little before the limit, so that nobody is refused while there are any.
        _slack = Math.Min(2 * options.SegmentBytes, _maxSize / 8);
        Measure();
    }

    /// <summary>Space is so short that settled events should go now, whatever <c>log.retain</c> says.</summary>
    public bool IsShort => Used > _maxSize - _slack || Free < _minFree + _slack;

    /// <summary>Half of the floor is used up: what is left is for saves and truncation.</summary>
    public bool IsLow => Free < _minFree / 2;

    /// <summary>Room for a new segment and what follows.</summary>
    public bool HasRoom => Used + Reopen <= _maxSize && Free >= _minFree + Reopen;

    private long Used => Interlocked.Read(ref _used);

    private long Free => Interlocked.Read(ref _free);

    private long Reopen => Math.Min(ReopenBytes, _maxSize / 16);

    /// <summary>Counts a batch; true: space has become short.</summary>
    public bool Written(long bytes)
    {
        var used = Interlocked.Add(ref _used, bytes);
        var free = Interlocked.Add(ref _free, -bytes);
        if (used >= _maxSize || free < _minFree)
        {
            Decide();
        }

        return IsShort;
    }

    public void Measure()
    {
        long used = _database.Bytes;
        foreach (var segment in _segments.All)
        {
            used += segment.Length + segment.Index.Bytes;
        }

        Interlocked.Exchange(ref _used, used);
        Interlocked.Exchange(ref _free, _storage.GetSpace(_folder.Root).Free);
    }

    /// <summary>Refuses or takes appends, as the last measurement says.</summary>
    public void Decide()
    {
        var (used, free) = (Used, Free);
        if (used >= _maxSize || free < _minFree)
        {
            var reason = used >= _maxSize
                ? $"The log holds {Size(used)}, its limit (log.maxSize) is {Size(_maxSize)}.{DescribePin()}"
                : $"Only {Size(free)} of disk space are free, log.minFreeDisk keeps {Size(_minFree)}.{DescribePin()}";
            _health.SetSpaceFull(reason);
            if (!_full)
            {
                Log.Full(_logger, reason);
            }

            _full = true;
        }
        else if (_full && HasRoom)
        {
            _full = false;
            _health.SetSpaceFull(null);
            Log.HasRoom(_logger);
        }
    }

    public LogUsage GetUsage()
    {
        var (used, free) = (Used, Free);
        return new LogUsage(used, CountUnsettled(), Math.Max(0, Math.Min(_maxSize, used + free - _minFree)), free);
    }

    private long CountUnsettled()
    {
        var lowest = _store.Pins.Select(pin => pin.Position).DefaultIfEmpty(long.MaxValue).Min();
        long unsettled = 0;
        foreach (var segment in _segments.All)
        {
            if (segment.End > lowest)
            {
                var settled = lowest <= segment.First ? SegmentHeader.Length : segment.Index.Find(lowest).Offset;
                unsettled += segment.Length - settled;
            }
        }

        return unsettled;
    }

    private string DescribePin()
    {
        var end = _segments.Active.End;
        var slowest = _store.Pins.OrderBy(pin => pin.Position).FirstOrDefault();
        return slowest.Destination is null || slowest.Position >= end ? ""
            : slowest.Replay is { } replay
                ? string.Create(CultureInfo.InvariantCulture, $" The replay {replay} to destination '{slowest.Destination}' holds the most: it reads from position {slowest.Position} on.")
            : string.Create(CultureInfo.InvariantCulture, $" Destination '{slowest.Destination}' holds the most: it is {end - slowest.Position} events behind.");
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.#} MiB");

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogFull, LogLevel.Error, "Appends are refused. {Reason}")]
        public static partial void Full(ILogger logger, string reason);

        [LoggerMessage(LogEvents.LogHasRoom, LogLevel.Information, "There is room in the log again; appends are taken.")]
        public static partial void HasRoom(ILogger logger);
    }
}
