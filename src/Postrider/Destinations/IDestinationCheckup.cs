using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Destinations;

/// <summary>A factory that can examine where a destination points: names, addresses, connections, certificates. For <c>postrider doctor</c>.</summary>
public interface IDestinationCheckup
{
    /// <summary>Examines it. Connects, but sends no event and stores nothing.</summary>
    /// <param name="config">Its members; <see cref="DestinationConfig.Settings"/> is valid and of the factory's settings type.</param>
    /// <param name="cancellationToken">Ends it: what was not found out by then is a finding too, which the caller adds.</param>
    Task<IReadOnlyList<Finding>> ExamineAsync(DestinationConfig config, CancellationToken cancellationToken);
}
