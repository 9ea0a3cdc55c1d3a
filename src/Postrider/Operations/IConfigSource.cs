using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>Where the configuration in force came from.</summary>
internal interface IConfigSource
{
    /// <summary>The file; null: it did not come from one.</summary>
    string? File { get; }

    /// <summary>When it came into force.</summary>
    DateTimeOffset LoadedAt { get; }

    /// <summary>Reads it as it is now, which changes nothing.</summary>
    /// <exception cref="InvalidConfigException">It cannot be used.</exception>
    PostriderConfig Read();
}
