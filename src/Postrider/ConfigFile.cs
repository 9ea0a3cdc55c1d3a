using Postrider.Configuration;
using Postrider.Operations;

namespace Postrider;

/// <summary>Where the configuration in force came from.</summary>
internal sealed class ConfigFile(PostriderBuilder builder, ConfigStore store) : IConfigSource
{
    public string? File => builder.ConfigFile is { } path ? Path.GetFullPath(path) : null;

    public DateTimeOffset LoadedAt => store.LoadedAt;

    public PostriderConfig Read() => builder.ReadConfig();
}
