using Postrider.Configuration;

namespace Postrider.Destinations;

/// <summary>Makes destinations of one type, and checks their settings. Register one with <c>AddDestination&lt;T&gt;</c>.</summary>
/// <remarks>One instance serves all destinations of its type, for the life of the process; its methods may be called from any thread, also at once.</remarks>
public interface IDestinationFactory : IDestinationSettingsValidator
{
    /// <summary>Makes the destination that a valid configuration describes. Must not wait and not connect: a receiver that is down at the start
    /// or at a reload is a failed attempt later, not a failure here. What is thrown here stops the start, or the reload.</summary>
    /// <param name="config">Its members; <see cref="DestinationConfig.Settings"/> is of this factory's settings type and has passed
    /// <see cref="IDestinationSettingsValidator.Validate"/>.</param>
    IDestination Create(DestinationConfig config);
}
