using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Configurations of sources for these tests.</summary>
internal static class SegmentSources
{
    /// <summary>This source alone, which takes requests without a key.</summary>
    public static PostriderConfig Only(SourceConfig source) =>
        new() { Sources = new Dictionary<string, SourceConfig> { ["app"] = source with { Name = "app", Default = true } } };

    /// <summary>The same sources, each changed.</summary>
    public static PostriderConfig Each(PostriderConfig config, Func<string, SourceConfig, SourceConfig> change) =>
        config with { Sources = config.Sources.ToDictionary(pair => pair.Key, pair => change(pair.Key, pair.Value)) };
}
