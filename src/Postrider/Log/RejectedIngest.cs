namespace Postrider.Log;

/// <summary>Part of a request that the gateway could not use although it took the rest: it never became an event.</summary>
/// <param name="Number">Grows; the newest is highest. 0 before it is stored.</param>
/// <param name="Source">The source that sent it.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Body">As received, at most 32 KiB of it.</param>
internal sealed record RejectedIngest(long Number, string Source, DateTimeOffset At, string Reason, ReadOnlyMemory<byte> Body);
