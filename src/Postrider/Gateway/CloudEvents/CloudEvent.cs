namespace Postrider.Gateway.CloudEvents;

/// <summary>What we need to know of a CloudEvent.</summary>
/// <param name="Id">Its id, unique within its source.</param>
/// <param name="Origin">Its <c>source</c>: not a source of ours.</param>
/// <param name="Type">Its type.</param>
/// <param name="Key">Its <c>partitionkey</c>, else its <c>subject</c>; empty: it has neither.</param>
internal readonly record struct CloudEvent(string Id, string Origin, string Type, ReadOnlyMemory<byte> Key);
