namespace Postrider.Events;

/// <summary>What makes a repeat of an event recognisable: kept in the envelope, so that a log can rebuild what it remembers from what it holds.</summary>
/// <param name="Id">XxHash128 of the source's name, a zero byte, and the id that the client gave: <c>messageId</c>, <c>Idempotency-Key</c>.</param>
/// <param name="Body">XxHash3 of the body as the client sent it: tells a repeat from another event under the same id.</param>
/// <param name="Until">The end of the window: from then on an event of the same id is a new one. To the millisecond.</param>
internal readonly record struct RepeatKey(UInt128 Id, ulong Body, DateTimeOffset Until);
