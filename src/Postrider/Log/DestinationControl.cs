namespace Postrider.Log;

/// <summary>What operators, or the receiver's own 410, decided of a destination. Survives restarts.</summary>
/// <param name="Paused">An operator paused it.</param>
/// <param name="DisabledReason">Why it is disabled; null: it is not.</param>
internal sealed record DestinationControl(bool Paused, string? DisabledReason)
{
    public static DestinationControl None { get; } = new(false, null);
}
