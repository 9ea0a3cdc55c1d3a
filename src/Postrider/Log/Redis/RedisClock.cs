using System.Diagnostics;

namespace Postrider.Log.Redis;

/// <summary>
/// What time it is where a partition is stored, as its answers tell: deadlines are compared there. Behind by at most an answer's way back,
/// so a deadline reckoned from it never lies later than meant.
/// </summary>
internal sealed class RedisClock
{
    private long _offset;

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => Elapsed + Volatile.Read(ref _offset);

    // Not the tick count, which is some milliseconds behind: a deadline would lie later than meant.
    private static long Elapsed => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    public void Saw(long now) => Volatile.Write(ref _offset, now - Elapsed);
}
