namespace Postrider.Gateway;

/// <summary>What an id is that a client gives to an event: each kind is a space of its own. The numbers are hashed into what the log stores.</summary>
internal enum RepeatKind : byte
{
    /// <summary>The <c>Idempotency-Key</c> of a request.</summary>
    IdempotencyKey = 1,

    /// <summary>The <c>messageId</c> of Segment and RudderStack.</summary>
    MessageId = 2,

    /// <summary>A CloudEvent's <c>source</c> and <c>id</c>.</summary>
    CloudEvent = 3,

    /// <summary>A webhook's delivery id.</summary>
    Delivery = 4,
}
