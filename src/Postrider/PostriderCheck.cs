using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider;

/// <summary>Looks at a configuration without starting anything. A Redis that it names is asked, and nothing is stored there.</summary>
public static class PostriderCheck
{
    // Long enough for a handshake over a slow line: nobody waits for a server that is not there.
    private static readonly TimeSpan RedisPatience = TimeSpan.FromSeconds(5);

    /// <summary>Reads and checks a configuration file.</summary>
    public static Task<PostriderCheckResult> RunAsync(string path, CancellationToken cancellationToken) => RunAsync(path, _ => { }, cancellationToken);

    /// <summary>Reads and checks a configuration file that may name types of destinations of the host's own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extend">Adds those types, as for a server that runs.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    public static async Task<PostriderCheckResult> RunAsync(string path, Action<PostriderBuilder> extend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(extend);
        var services = new ServiceCollection();
        PostriderConfig config;
        try
        {
            var postrider = services.AddPostrider().LoadFromFile(path);
            extend(postrider);
            config = postrider.Config;
        }
        catch (InvalidConfigException exception)
        {
            return new PostriderCheckResult { Errors = exception.Errors };
        }

        await using var provider = services.BuildServiceProvider();
        var warnings = await FindWarningsAsync(config, provider.GetServices<IDestinationFactory>(), cancellationToken).ConfigureAwait(false);
        if (config.Log.Redis is not { } redis)
        {
            return new PostriderCheckResult { Config = config, Warnings = warnings };
        }

        // A server that does not answer now may do so when it is needed: the file is valid all the same.
        var (isUsable, text) = await RedisLogOpening.CheckAsync(redis, RedisPatience, TimeProvider.System, NullLoggerFactory.Instance, cancellationToken)
            .ConfigureAwait(false);
        return new PostriderCheckResult { Config = config, Notes = isUsable ? [text] : [], Warnings = isUsable ? warnings : [text, .. warnings] };
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
