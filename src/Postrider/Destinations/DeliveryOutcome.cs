namespace Postrider.Destinations;

/// <summary>What became of one attempt.</summary>
public enum DeliveryOutcome
{
    /// <summary>The receiver has it for good: it would survive a crash of either side as far as the receiver promises anything at all.</summary>
    Delivered,

    /// <summary>It failed in a way that a later attempt may cure: the network, an overload, an outage, a lost login, a full disk. In doubt this is
    /// the answer: a retry costs little, a dead letter costs a person's time. Retries go on with growing delay until the destination's
    /// <c>retry.giveUpAfter</c>.</summary>
    Retry,

    /// <summary>The receiver will never take this event, however often it is tried: it becomes a dead letter and its key goes on.</summary>
    Rejected,

    /// <summary>It was not tried, because an earlier event of the batch failed; counts as no attempt and comes again.</summary>
    NotAttempted,
}
