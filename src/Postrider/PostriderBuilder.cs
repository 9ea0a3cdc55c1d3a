using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider;

/// <summary>Says what Postrider loads and where it stores.</summary>
public sealed class PostriderBuilder
{
    /// <summary>The configuration that was loaded.</summary>
    public PostriderConfig Config { get; } = new();

    /// <summary>Loads the configuration file.</summary>
    /// <exception cref="InvalidConfigException">It is not valid.</exception>
    public PostriderBuilder LoadFromFile(string path) => Load(path);

    /// <summary>Loads a configuration from its text.</summary>
    /// <exception cref="InvalidConfigException">It is not valid.</exception>
    public PostriderBuilder LoadFromText(string yaml, string name, string baseFolder) => Load(name);

    /// <summary>Stores events in a folder.</summary>
    public PostriderBuilder UseEmbeddedLog() => this;

    /// <summary>Where delivery begins in a log whose state is lost: <c>oldest</c> or <c>tail</c>; null refuses to start.</summary>
    public PostriderBuilder DeliverFrom(string? oldestOrTail) => this;

    /// <summary>Adds a type of destination.</summary>
    public PostriderBuilder AddDestination<TFactory>()
        where TFactory : class, IDestinationFactory => this;

    private PostriderBuilder Load(string name) =>
        Config.Destinations.Count == 0 ? throw new InvalidConfigException([new ConfigError(name, 0, 0, "configurations cannot be read")]) : this;
}
