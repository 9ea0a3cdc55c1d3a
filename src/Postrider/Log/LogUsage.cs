namespace Postrider.Log;

/// <summary>What the log occupies.</summary>
/// <param name="Bytes">All of it: events, indexes, state.</param>
/// <param name="UnsettledBytes">The part that some destination still needs; it alone can make the log full.</param>
/// <param name="LimitBytes">The limit that applies now.</param>
/// <param name="FreeDiskBytes">Free space of its disk; null where that is not its limit.</param>
/// <param name="Repeats">What it remembers for de-duplication; null where it does not tell.</param>
internal sealed record LogUsage(long Bytes, long UnsettledBytes, long LimitBytes, long? FreeDiskBytes, RepeatUsage? Repeats = null);
