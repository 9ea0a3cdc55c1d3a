using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class YamlConfigReaderTests
{
    private const string Whole = """
        gateway:
          listen: "http://0.0.0.0:3000"
          maxBodySize: 1MiB
          maxReceiving: 32MiB
        admin: { listen: "http://10.0.0.1:3001", token: abc }
        log:
          type: embedded
          path: ./events
          maxSize: 10GiB
          minFreeDisk: 500MB
          retain: 2h
          segmentSize: 16MiB
          maxLinger: 0s
        delivery: { shutdownTimeout: 5s, forgetAfter: 7d, maxInMemory: 128MiB }
        sources:
          app: { default: true }
          web: { writeKey: 12345, writeKeys: [wk_old] }
        destinations:
          crm:
            type: webhook
            url: https://crm.example.com/events
            headers: { X-Api.Key: "1" }
            timeout: 1500ms
            concurrency: 8
            rateLimit: 5000/m
            retry: { initial: 1s, max: 5m, giveUpAfter: 0s, maxAttempts: 7 }
            retryOn: [404, 409]
            rejectOn: [501]
            on410: disable
            startFrom: oldest
        connections:
          - { from: app, to: crm }
        """;

    [Fact]
    public void ReadText_EveryMember_IsBound()
    {
        var config = ConfigText.Read(Whole);

        Assert.Equal("http://0.0.0.0:3000", config.Gateway.Listen);
        Assert.Equal(ByteSize.FromMebibytes(1), config.Gateway.MaxBodySize);
        Assert.Equal(ByteSize.FromMebibytes(32), config.Gateway.MaxReceiving);
        Assert.Equal(("http://10.0.0.1:3001", "abc"), (config.Admin.Listen, config.Admin.Token));
        Assert.Equal(
            new LogConfig
            {
                Path = Path.Combine(ConfigText.Folder, "events"),
                MaxSize = ByteSize.FromMebibytes(10 * 1024),
                MinFreeDisk = new ByteSize(500_000_000),
                Retain = TimeSpan.FromHours(2),
                SegmentSize = ByteSize.FromMebibytes(16),
                MaxLinger = TimeSpan.Zero,
            },
            config.Log);
        Assert.Equal(
            new DeliveryConfig { ShutdownTimeout = TimeSpan.FromSeconds(5), ForgetAfter = TimeSpan.FromDays(7), MaxInMemory = ByteSize.FromMebibytes(128) },
            config.Delivery);
        Assert.Equal(new ConnectionConfig { From = "app", To = "crm" }, Assert.Single(config.Connections!));
    }

    [Fact]
    public void ReadText_Sources_HaveNamesAndKeys()
    {
        var sources = ConfigText.Read(Whole).Sources;

        Assert.Equal(["app", "web"], sources.Keys);
        Assert.True(sources["app"].Default);
        Assert.Equal("web", sources["web"].Name);
        Assert.Equal("12345", sources["web"].WriteKey);
        Assert.Equal(["wk_old"], sources["web"].WriteKeys);
    }

    [Fact]
    public void ReadText_Destination_HasCommonMembersAndOwnSettings()
    {
        var crm = ConfigText.Read(Whole).Destinations["crm"];

        Assert.Equal(("crm", "webhook"), (crm.Name, crm.Type));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), crm.Timeout);
        Assert.Equal(8, crm.Concurrency);
        Assert.Equal(new RateLimit(5000, TimeSpan.FromMinutes(1)), crm.RateLimit);
        Assert.Equal(
            new RetryConfig { Initial = TimeSpan.FromSeconds(1), Max = TimeSpan.FromMinutes(5), GiveUpAfter = TimeSpan.Zero, MaxAttempts = 7 },
            crm.Retry);
        Assert.Equal([404, 409], crm.RetryOn);
        Assert.Equal([501], crm.RejectOn);
        Assert.Equal((On410.Disable, StartFrom.Oldest), (crm.On410, crm.StartFrom));
        var settings = Assert.IsType<FakeWebhookType.Settings>(crm.Settings);
        Assert.Equal("https://crm.example.com/events", settings.Url);
        Assert.Equal("1", settings.Headers["X-Api.Key"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    [InlineData("gateway:\nadmin:\nsources:\ndestinations:\n")]
    public void ReadText_NothingWritten_IsAllDefaults(string yaml)
    {
        var config = ConfigText.Read(yaml);

        var source = Assert.Single(config.Sources).Value;
        Assert.Equal(("default", true), (source.Name, source.Default));
        Assert.Empty(config.Destinations);
        Assert.Null(config.Connections);
        Assert.Equal(new GatewayConfig(), config.Gateway);
        Assert.Equal(Path.Combine(ConfigText.Folder, "data"), config.Log.Path);
    }

    [Fact]
    public void ReadText_EmptyConnections_AreNone()
    {
        var config = ConfigText.Read("connections: []");

        Assert.Empty(config.Connections!);
    }

    [Fact]
    public void ReadText_AliasesAndMergeKey_AreFollowed()
    {
        var config = ConfigText.Read("""
            destinations:
              a: &a
                type: webhook
                url: http://a.example
                timeout: &t 3s
                retry: &r { initial: 9s }
              b: { type: webhook, url: http://b.example, timeout: *t, retry: *r }
              c: { <<: *a, url: http://c.example }
            """);

        Assert.Equal(TimeSpan.FromSeconds(3), config.Destinations["b"].Timeout);
        Assert.Equal(TimeSpan.FromSeconds(9), config.Destinations["b"].Retry.Initial);
        Assert.Equal(TimeSpan.FromSeconds(3), config.Destinations["c"].Timeout);
        Assert.Equal("http://c.example", ((FakeWebhookType.Settings)config.Destinations["c"].Settings).Url);
    }

    [Fact]
    public void ReadText_ByteOrderOfMembers_IsTheFiles()
    {
        var config = ConfigText.Read("sources: { z: { writeKey: z }, a: { writeKey: a }, m: { writeKey: m } }");

        Assert.Equal(["z", "a", "m"], config.Sources.Keys);
    }

    [Fact]
    public void ToString_OfRecordsWithSecrets_ShowsNone()
    {
        var config = ConfigText.Read("""
            admin: { token: hush-token }
            sources: { web: { writeKey: hush-key, writeKeys: [hush-other] } }
            destinations: { crm: { type: webhook, url: http://crm.example, secret: hush-secret } }
            """);

        var texts = new[] { config.ToString(), config.Admin.ToString(), config.Sources["web"].ToString(), config.Destinations["crm"].ToString() };

        Assert.All(texts, text => Assert.DoesNotContain("hush", text, StringComparison.Ordinal));
        Assert.Contains("Name = web", texts[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Replace_Store_ShowsTheNewSnapshot()
    {
        var first = new PostriderConfig();
        var second = new PostriderConfig();
        var store = new ConfigStore(first);

        store.Replace(second);

        Assert.Same(second, store.Current);
    }
}
