using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider;

/// <summary>Says what Postrider loads and where it stores. The order of its calls does not matter.</summary>
public sealed class PostriderBuilder
{
    private readonly IServiceCollection _services;
    private readonly List<IDestinationFactory> _factories = [.. BuiltInDestinations.All];
    private ConfigSource? _source;
    private PostriderConfig? _config;

    internal PostriderBuilder(IServiceCollection services)
    {
        _services = services;
        foreach (var factory in _factories)
        {
            services.AddSingleton(factory);
        }
    }

    /// <summary>The configuration; it is read when first asked for.</summary>
    /// <exception cref="InvalidConfigException">It cannot be used.</exception>
    /// <exception cref="InvalidOperationException">Nothing was named to load.</exception>
    public PostriderConfig Config => _config ??= ReadConfig();

    /// <summary>Loads the configuration from a file. A reload reads it again.</summary>
    public PostriderBuilder LoadFromFile(string path)
    {
        _source = new ConfigSource(path, reader => reader.ReadFile(path));
        return this;
    }

    /// <summary>Loads a configuration from its text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What mistakes carry in place of a file's name.</param>
    /// <param name="baseFolder">The folder that paths in it are taken from.</param>
    public PostriderBuilder LoadFromText(string yaml, string name, string baseFolder)
    {
        _source = new ConfigSource(null, reader => reader.ReadText(yaml, name, baseFolder));
        return this;
    }

    /// <summary>Where delivery begins in a log whose state is lost or does not match: <c>oldest</c> or <c>tail</c>; null refuses to start.</summary>
    public PostriderBuilder DeliverFrom(string? oldestOrTail)
    {
        StartOptions = StartOptions with
        {
            DeliverFrom = oldestOrTail switch
            {
                null => null,
                "oldest" => StartFrom.Oldest,
                "tail" => StartFrom.Tail,
                _ => throw new ArgumentException("Delivery begins with 'oldest' or at the 'tail'.", nameof(oldestOrTail)),
            },
        };
        return this;
    }

    /// <summary>What this process does. Anything but <see cref="ServerRole.Both"/> needs a log of type <c>redis</c>.</summary>
    public PostriderBuilder As(ServerRole role)
    {
        StartOptions = StartOptions with { Role = role };
        return this;
    }

    /// <summary>Adds a type of destination.</summary>
    /// <typeparam name="TFactory">Makes them and checks their settings.</typeparam>
    public PostriderBuilder AddDestination<TFactory>()
        where TFactory : class, IDestinationFactory, new() => AddDestination(new TFactory());

    /// <summary>Adds a type of destination whose factory was made by hand, because it needs something.</summary>
    /// <param name="factory">Makes them and checks their settings.</param>
    public PostriderBuilder AddDestination(IDestinationFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        _factories.Add(factory);
        _services.AddSingleton(factory);
        return this;
    }

    internal StartOptions StartOptions { get; private set; } = new(null);

    /// <summary>The file that is loaded; null: it is none.</summary>
    internal string? ConfigFile => _source?.File;

    /// <summary>Reads what is to be loaded, now.</summary>
    internal PostriderConfig ReadConfig() =>
        _source is { } source
            ? source.Read(new YamlConfigReader(_factories))
            : throw new InvalidOperationException("Name a configuration with LoadFromFile or LoadFromText.");

    private sealed record ConfigSource(string? File, Func<YamlConfigReader, PostriderConfig> Read);
}
