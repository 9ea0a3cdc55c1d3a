using Postrider.Configuration;

namespace Postrider.Destinations;

/// <summary>A factory that can tell before the first attempt that a destination's address will be refused.</summary>
public interface IReachabilityCheck
{
    /// <summary>Looks where the configuration points, without connecting.</summary>
    /// <param name="config">Its members; <see cref="DestinationConfig.Settings"/> is valid and of the factory's settings type.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>One line for people: what is refused and what to write to allow it. Null: nothing is known to stand in the way;
    /// a name that does not resolve at the moment is not reported, since it may by the first attempt.</returns>
    Task<string?> CheckAsync(DestinationConfig config, CancellationToken cancellationToken);
}
