namespace Postrider.Destinations;

/// <summary>What became of one attempt.</summary>
public enum DeliveryOutcome
{
    /// <summary>The receiver has it.</summary>
    Delivered,

    /// <summary>It failed in a way that a later attempt may cure.</summary>
    Retry,

    /// <summary>The receiver will never take it: it becomes a dead letter.</summary>
    Rejected,

    /// <summary>It was not tried; counts as no attempt.</summary>
    NotAttempted,
}
