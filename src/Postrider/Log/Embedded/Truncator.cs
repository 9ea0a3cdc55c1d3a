using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>Unlinks segments that every destination has settled, oldest first, when their retention is over or space is short.</summary>
internal sealed partial class Truncator(
    IStorage storage, LogFolder folder, SegmentSet segments, GroupCommit commit, StateStore store, StateTruncation state, RepeatStore repeats, SpaceGuard space,
    TimeSpan retain, TimeProvider time, ILogger logger) : IDisposable
{
    // Without a registered destination everything is settled; but at start that may only mean that nobody has registered yet.
    private static readonly TimeSpan RegistrationGrace = TimeSpan.FromMinutes(1);

    // An active segment is not worth sealing for less.
    private static readonly TimeSpan ShortestRoll = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private Dictionary<long, DateTimeOffset>? _settled;

    /// <summary>One pass. How many segments went.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _settled ??= await state.LoadSettledAsync(cancellationToken).ConfigureAwait(false);
            var removed = 0;
            if (FindLowest() is { } lowest)
            {
                await RollActiveAsync(lowest).ConfigureAwait(false);
                await NoteSettledAsync(lowest, cancellationToken).ConfigureAwait(false);
                await repeats.SaveAsync(segments.Active.First, cancellationToken).ConfigureAwait(false);
                removed = await RemoveAsync(lowest, cancellationToken).ConfigureAwait(false);
            }

            await state.SweepAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            return removed;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private long? FindLowest()
    {
        long? lowest = null;
        foreach (var pin in store.Pins)
        {
            lowest = Math.Min(lowest ?? long.MaxValue, pin.Position);
        }

        return lowest ?? (store.IsRegistered || time.GetUtcNow() - _started > RegistrationGrace ? commit.DurableEnd : null);
    }

    // A quiet log would otherwise keep up to a segment of settled events for ever.
    private async Task RollActiveAsync(long lowest)
    {
        var active = segments.Active;
        var due = space.IsShort || time.GetUtcNow() - active.Created >= (retain > ShortestRoll ? retain : ShortestRoll);
        if (!active.IsEmpty && lowest >= active.End && due)
        {
            await commit.RunAsync(writer =>
            {
                writer.Roll(commit.DurableEnd);
                return true;
            }).ConfigureAwait(false);
        }
    }

    private async Task NoteSettledAsync(long lowest, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var all = segments.All;
        var newly = new List<long>();
        for (var i = 0; i < all.Count - 1 && all[i].End <= lowest; i++)
        {
            if (_settled!.TryAdd(all[i].First, now))
            {
                newly.Add(all[i].First);
            }
        }

        if (newly.Count > 0)
        {
            await state.SaveSettledAsync(newly, now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> RemoveAsync(long lowest, CancellationToken cancellationToken)
    {
        var removed = 0;
        while (segments.All is [var oldest, _, ..] && oldest.End <= lowest && IsDue(oldest))
        {
            if (!await state.PrepareAsync(oldest.First, oldest.End, cancellationToken).ConfigureAwait(false))
            {
                break;
            }

            // Readers that come now look in the state; those that are in the file are cut off by the dispose and do the same.
            segments.Remove(oldest);
            oldest.Dispose();
            SegmentFiles.Delete(storage, oldest.Path);
            storage.SyncDirectory(folder.Events);
            _settled!.Remove(oldest.First);
            removed++;
            space.Measure();
        }

        if (removed > 0)
        {
            Log.Truncated(logger, removed, segments.First);
        }

        return removed;
    }

    private bool IsDue(Segment segment) =>
        space.IsShort || (_settled!.TryGetValue(segment.First, out var since) && time.GetUtcNow() - since >= retain);

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogTruncated, LogLevel.Information, "{Segments} settled segments were deleted; the log begins at {First}.")]
        public static partial void Truncated(ILogger logger, int segments, long first);
    }
}
