using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider;

/// <summary>Looks at a configuration without starting anything.</summary>
public static class PostriderCheck
{
    /// <summary>Reads and checks a configuration file.</summary>
    public static async Task<PostriderCheckResult> RunAsync(string path, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        PostriderConfig config;
        try
        {
            config = services.AddPostrider().LoadFromFile(path).Config;
        }
        catch (InvalidConfigException exception)
        {
            return new PostriderCheckResult { Errors = exception.Errors };
        }

        await using var provider = services.BuildServiceProvider();
        var warnings = await FindWarningsAsync(config, provider.GetServices<IDestinationFactory>(), cancellationToken).ConfigureAwait(false);
        return new PostriderCheckResult { Config = config, Warnings = warnings };
    }

    /// <summary>Finds what is valid but will hardly be meant: no destinations, and destinations whose addresses will be refused.</summary>
    /// <param name="config">A valid configuration.</param>
    /// <param name="factories">The types of destinations; those that are an <see cref="IReachabilityCheck"/> are asked.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    public static async Task<IReadOnlyList<string>> FindWarningsAsync(
        PostriderConfig config, IEnumerable<IDestinationFactory> factories, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(factories);
        if (config.Destinations.Count == 0)
        {
            return ["No destinations are configured: events are only stored."];
        }

        var types = factories.ToDictionary(factory => factory.Type, StringComparer.Ordinal);
        var findings = await Task.WhenAll(config.Destinations.Values.Select(FindAsync)).ConfigureAwait(false);
        return [.. findings.OfType<string>()];

        async Task<string?> FindAsync(DestinationConfig destination) =>
            types.GetValueOrDefault(destination.Type) is IReachabilityCheck check
            && await check.CheckAsync(destination, cancellationToken).ConfigureAwait(false) is { } finding
                ? $"Destination '{destination.Name}': {finding}"
                : null;
    }
}
