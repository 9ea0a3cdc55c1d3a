namespace Postrider.Log;

/// <summary>
/// Whether this process delivers from a partition, for as long as one partition object lives: gaining or losing the right gives the partition a
/// successor, exactly as a new generation does.
/// </summary>
internal interface IPartitionLease
{
    /// <summary>This process is the partition's owner as far as the object knows: it delivers from it and saves its state.</summary>
    bool IsHeld { get; }

    /// <summary>
    /// No other process can be the owner now. Asked before each attempt; reckoned by a clock that counts suspension, from before the last renewal
    /// was sent.
    /// </summary>
    bool IsValid { get; }

    /// <summary>Completes when the partition is to be given up in order, because another process shall have it.</summary>
    Task Unwanted { get; }

    /// <summary>Gives it up, once its attempts have ended and its state is saved: another process may take it at once.</summary>
    Task ReleaseAsync();
}
