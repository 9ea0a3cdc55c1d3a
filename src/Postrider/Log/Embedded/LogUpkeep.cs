using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>The log's background work: measures space each second, truncates each ten, at once when space is short.</summary>
internal sealed partial class LogUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TruncateEvery = TimeSpan.FromSeconds(10);

    // A second wish to look while one is waiting adds nothing.
    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly SegmentSet _segments;
    private readonly GroupCommit _commit;
    private readonly LogHealth _health;
    private readonly SpaceGuard _space;
    private readonly Truncator _truncator;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Task _running;
    private DateTimeOffset _nextTruncation;

    public LogUpkeep(SegmentSet segments, GroupCommit commit, LogHealth health, SpaceGuard space, Truncator truncator, TimeProvider time, ILogger logger)
    {
        _segments = segments;
        _commit = commit;
        _health = health;
        _space = space;
        _truncator = truncator;
        _time = time;
        _logger = logger;
        _nextTruncation = time.GetUtcNow() + TruncateEvery;
        _running = Task.Run(RunAsync);
        _timer = time.CreateTimer(_ => Wish(), null, Tick, Tick);
    }

    /// <summary>Asks for a look soon.</summary>
    public void Wish() => _wishes.Writer.TryWrite(true);

    /// <summary>Looks now.</summary>
    public async Task<int> LookAsync(bool truncate, CancellationToken cancellationToken)
    {
        _space.Measure();
        var removed = 0;
        if (truncate || _space.IsShort || _time.GetUtcNow() >= _nextTruncation)
        {
            _nextTruncation = _time.GetUtcNow() + TruncateEvery;
            removed = await TruncateAsync(cancellationToken).ConfigureAwait(false);
            CloseIdleFiles();
        }

        _space.Decide();
        await ProbeAsync().ConfigureAwait(false);
        return removed;
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _wishes.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var _ in _wishes.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await LookAsync(truncate: false, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The next look may succeed; without looks the log would never be truncated again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.TruncateFailed(_logger, e);
            }
        }
    }

    private async Task<int> TruncateAsync(CancellationToken cancellationToken)
    {
        var removed = await _truncator.RunAsync(cancellationToken).ConfigureAwait(false);
        _space.Measure();
        return removed;
    }

    private void CloseIdleFiles()
    {
        foreach (var segment in _segments.All)
        {
            segment.CloseIfIdle();
        }
    }

    // The disk was full in mid-write: when there is space, begin a new segment and take appends again.
    private async Task ProbeAsync()
    {
        if (_health.IsWriterFull && _space.HasRoom)
        {
            try
            {
                await _commit.RunAsync(writer =>
                {
                    if (writer.MustRoll)
                    {
                        writer.Recover();
                    }

                    return true;
                }).ConfigureAwait(false);
                _health.SetWriterFull(null);
            }
            catch (IOException)
            {
                // Still full; the next look tries again.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogTruncateFailed, LogLevel.Error, "The log could not be truncated; the next try is in some seconds.")]
        public static partial void TruncateFailed(ILogger logger, Exception exception);
    }
}
