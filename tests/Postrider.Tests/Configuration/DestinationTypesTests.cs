using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>A plug-in that cannot work is refused when it is added, not when somebody's file is read.</summary>
public sealed class DestinationTypesTests
{
    [Fact]
    public void Constructor_TwoTypesOfOneName_IsRefused()
    {
        var exception = Assert.Throws<ArgumentException>(() => new YamlConfigReader([new FakeWebhookType(), new FakeWebhookType()]));

        Assert.StartsWith("Two destination types are named 'webhook'.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(WithUri), "plug.address is a System.Uri.")]
    [InlineData(typeof(WithNestedDate), "plug.inner.when is a System.DateTime.")]
    [InlineData(typeof(Positional), "plug is a ")]
    [InlineData(typeof(WithTimeout), "The destination type 'plug' has a setting 'timeout', which every destination has.")]
    public void Constructor_SettingsThatCannotBeBound_AreRefusedByName(Type settings, string expected)
    {
        var exception = Assert.Throws<ArgumentException>(() => new YamlConfigReader([new PlugIn(settings)]));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadText_SettingsOfEveryKind_AreBound()
    {
        var reader = new YamlConfigReader([new PlugIn(typeof(Everything))]);

        var config = reader.ReadText("""
            destinations:
              a:
                type: plug
                count: 5000000000
                share: 0.5
                every: 3s
                size: 1KiB
                sizes: [1, 2KiB]
                hosts: { "a.b:1": { weight: 2 } }
                partners: [{ weight: 3 }, {}]
            """, "p.yaml", ConfigText.Folder);

        var settings = Assert.IsType<Everything>(config.Destinations["a"].Settings);
        Assert.Equal((5_000_000_000, 0.5, TimeSpan.FromSeconds(3)), (settings.Count, settings.Share, settings.Every));
        Assert.Equal(new ByteSize(1024), settings.Size);
        Assert.Equal([new ByteSize(1), new ByteSize(2048)], settings.Sizes);
        Assert.Equal(2, settings.Hosts["a.b:1"].Weight);
        Assert.Equal([3, 1], settings.Partners.Select(partner => partner.Weight));
        Assert.Null(settings.Limit);
    }

    private sealed class PlugIn(Type settings) : IDestinationSettingsValidator
    {
        public string Type => "plug";

        public Type SettingsType => settings;

        public void Validate(object settings, ISettingsErrors errors)
        {
        }
    }

    private sealed record WithUri
    {
        public Uri? Address { get; init; }
    }

    private sealed record WithNestedDate
    {
        public Dated Inner { get; init; } = new();

        internal sealed record Dated
        {
            public DateTime When { get; init; }
        }
    }

    private sealed record Positional(string Url);

    private sealed record WithTimeout
    {
        public TimeSpan Timeout { get; init; }
    }

    internal sealed record Everything
    {
        public long Count { get; init; }

        public double Share { get; init; }

        public TimeSpan? Every { get; init; }

        public ByteSize? Size { get; init; }

        public RateLimit? Limit { get; init; }

        public ByteSize[] Sizes { get; init; } = [];

        public IReadOnlyDictionary<string, Weighted> Hosts { get; init; } = new Dictionary<string, Weighted>();

        public IReadOnlyList<Weighted> Partners { get; init; } = [];

        internal sealed record Weighted
        {
            public int Weight { get; init; } = 1;
        }
    }
}
