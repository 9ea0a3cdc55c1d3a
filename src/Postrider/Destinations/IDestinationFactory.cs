using Postrider.Configuration;

namespace Postrider.Destinations;

/// <summary>Makes destinations of one type, and checks their settings. Register one with <c>AddDestination&lt;T&gt;</c>.</summary>
public interface IDestinationFactory : IDestinationSettingsValidator
{
    /// <summary>Makes the destination that a valid configuration describes.</summary>
    /// <param name="config">Its members; <see cref="DestinationConfig.Settings"/> is of this factory's settings type.</param>
    IDestination Create(DestinationConfig config);
}
