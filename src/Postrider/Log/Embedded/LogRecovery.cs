using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>
/// Decides at start whether a log is whole, has a torn tail that nobody was told about, or has lost acknowledged events. It changes nothing
/// before it has decided to go on.
/// </summary>
internal sealed partial class LogRecovery(IStorage storage, LogFolder folder, DeliverFrom? deliverFrom, TimeProvider time, ILogger logger)
{
    public const string LogIdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

    private const string Cure = "Restore it, or start with --deliver-from oldest or tail to begin delivery anew.";

    public RecoveredLog Run()
    {
        Directory.CreateDirectory(folder.Events);
        foreach (var leftover in Directory.EnumerateFiles(folder.Events, "*" + LogFolder.TemporaryExtension))
        {
            storage.Delete(leftover);
        }

        var meta = StateDatabase.ReadMeta(folder.State);
        var files = folder.ListSegments();
        if (files.Count == 0)
        {
            return StartEmpty(meta);
        }

        var headers = files.Select(file => ReadHeader(file.First, file.Path)).ToList();
        var logId = headers[0].LogId;
        if (headers.FirstOrDefault(header => header.LogId != logId) is { LogId: not null } stray)
        {
            throw new LogUnusableException(
                $"{folder.SegmentAt(stray.FirstPosition)} belongs to log {stray.LogId}, the segments before it to log {logId}. Move the strangers away.");
        }

        var replace = !MatchesState(meta, logId, files[0].First);
        if (!replace)
        {
            files = FinishTruncation(files, meta!.TruncatedTo);
            headers = headers[^files.Count..];
        }

        return Open(files, headers, logId, meta, replace);
    }

    private RecoveredLog Open(IReadOnlyList<(long First, string Path)> files, List<SegmentHeader> headers, string logId, StateMeta? meta, bool replace)
    {
        var known = meta?.LogId == logId ? meta.KnownEnd : 1;
        var seed = Crc32C.Seed(logId);
        var segments = new List<Segment>();
        for (var i = 0; i < files.Count - 1; i++)
        {
            segments.Add(new SealedSegmentCheck(storage, folder, logId).Open(files[i].Path, headers[i], files[i + 1].First));
        }

        var check = new ActiveSegmentCheck(storage, folder, seed, logger);
        var active = check.Open(files[^1].Path, headers[^1], known, deliverFrom is not null, out var file);
        segments.Add(active);
        if (known > active.End)
        {
            if (deliverFrom is null)
            {
                file.Dispose();
                throw new LogUnusableException(
                    $"The log in {folder.Root} ends at position {active.End}, but {folder.State} knows of events up to {known - 1}: acknowledged events are missing. {Cure}");
            }

            // Their positions are used up: another event must not get an id that receivers have seen.
            FillUp(active, file, seed, known);
            replace = true;
        }

        if (meta is { ClosedAt: { } closed } && closed < active.End && !replace)
        {
            Log.StateOlder(logger, folder.State, closed, active.End);
        }

        file.Sync();
        active.Attach(file);
        return new RecoveredLog(logId, segments, file, replace && File.Exists(folder.State));
    }

    private RecoveredLog StartEmpty(StateMeta? meta)
    {
        if (meta is null || meta.KnownEnd > 1)
        {
            if (meta is not null && deliverFrom is null)
            {
                throw new LogUnusableException(
                    $"{folder.State} knows of events up to {meta.KnownEnd - 1}, but {folder.Events} holds no segment: the events are missing. {Cure}");
            }

            return new RecoveredLog(RandomNumberGenerator.GetString(LogIdAlphabet, SegmentHeader.LogIdLength), [], null, meta is not null);
        }

        return new RecoveredLog(meta.LogId, [], null, ReplaceState: false);
    }

    private SegmentHeader ReadHeader(long first, string path)
    {
        using var file = storage.OpenRead(path);
        var bytes = new byte[SegmentHeader.Length];
        var read = file.Read(bytes, 0);
        return SegmentHeader.TryRead(bytes.AsSpan(0, read), out var header) && header.FirstPosition == first
            ? header
            : throw new LogUnusableException($"{path} is damaged: its header cannot be read. Run `postrider log repair`.");
    }

    /// <summary>Whether the state belongs to the segments; false: begin a new one, as the operator said.</summary>
    private bool MatchesState(StateMeta? meta, string logId, long first)
    {
        var mismatch = meta is null ? null
            : meta.LogId != logId ? $"{folder.State} belongs to log {meta.LogId}, the segments in {folder.Events} to log {logId}."
            : meta.LowestCursor < first
                ? $"Destination '{meta.LowestName}' has come to position {meta.LowestCursor}, but the log begins at {first}: events that it waits for are missing."
            : meta.TruncatedTo < first
                ? $"{folder.State} expects the log to begin at {meta.TruncatedTo} or before, but it begins at {first}: the state is older than the log, or segments are missing."
            : null;
        if (meta is null && HoldsEvents())
        {
            mismatch = $"The log in {folder.Root} holds events, but {folder.State} is missing: which of them were delivered is not known.";
        }

        if (mismatch is not null && deliverFrom is null)
        {
            throw new LogUnusableException($"{mismatch} {Cure}");
        }

        return meta is not null && mismatch is null;
    }

    private bool HoldsEvents() => folder.ListSegments().Any(file => new FileInfo(file.Path).Length > SegmentHeader.Length);

    // A crash fell between writing the truncated-to position and the last unlink.
    private IReadOnlyList<(long First, string Path)> FinishTruncation(IReadOnlyList<(long First, string Path)> files, long truncatedTo)
    {
        var gone = 0;
        while (gone + 1 < files.Count && files[gone + 1].First <= truncatedTo)
        {
            SegmentFiles.Delete(storage, files[gone].Path);
            gone++;
        }

        if (gone > 0)
        {
            storage.SyncDirectory(folder.Events);
        }

        return [.. files.Skip(gone)];
    }

    private void FillUp(Segment active, IStorageFile file, uint seed, long known)
    {
        var end = FillerRecords.Write(file, active.Length, seed, active.End, known, time.GetUtcNow());
        active.Extend(known, end);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogStateOlder, LogLevel.Warning,
            "{State} was closed at position {Closed}, but the log ends at {End}: the state is an older copy. Events since then are delivered again.")]
        public static partial void StateOlder(ILogger logger, string state, long closed, long end);
    }
}
