namespace Postrider.Gateway.Segment;

/// <summary>The members of an event, or of a batch's root, that mean something here.</summary>
internal enum Member : byte
{
    /// <summary>Any other.</summary>
    None,
    Type,
    UserId,
    AnonymousId,
    MessageId,
    SentAt,
    OriginalTimestamp,
    Timestamp,
    ReceivedAt,
    RequestIp,
    RudderId,
    Context,
    Integrations,

    /// <summary><c>_metadata</c>: what Segment's browser SDK says of its own attempt.</summary>
    Metadata,
    WriteKey,
    Batch,
}
