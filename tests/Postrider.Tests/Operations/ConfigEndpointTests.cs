using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;
using Postrider.Destinations.Webhook;
using Postrider.Log;
using Postrider.Operations;

namespace Postrider.Tests.Operations;

/// <summary>The configuration, the sources and the audit log over HTTP.</summary>
public sealed class ConfigEndpointTests
{
    [Fact]
    public async Task Config_WithSecrets_ShowsNone()
    {
        await using var server = await StartAsync();

        var (status, body) = await server.GetAsync("/api/config");

        Assert.Equal(200, status);
        Assert.DoesNotContain("s3cr3t", body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("url: \"https://crm.example.com/\"", body.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("/etc/postrider.yaml", body.GetProperty("file").GetString());
        Assert.Empty(body.GetProperty("pending").EnumerateArray());
        Assert.Empty(body.GetProperty("pendingErrors").EnumerateArray());
    }

    [Fact]
    public async Task Config_WithAPendingReload_ShowsWhatChangesWithoutSecrets()
    {
        await using var server = await StartAsync();
        server.Source.Now = () => server.Config.Current with
        {
            Delivery = server.Config.Current.Delivery with { ShutdownTimeout = TimeSpan.FromSeconds(77) },
            Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = Destination("s3cr3t-new") },
            Admin = new AdminConfig { Listen = "http://127.0.0.1:4444" },
        };

        var (_, body) = await server.GetAsync("/api/config");

        var pending = body.GetProperty("pending").EnumerateArray().Select(line => line.GetProperty("change").GetString() + line.GetProperty("text").GetString()).ToList();
        Assert.DoesNotContain("s3cr3t", body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("-    secret: \"***\"  # a secret that changes", pending);
        Assert.Contains("+    secret: \"***\"  # a secret that changes", pending);
        Assert.Contains("-  shutdownTimeout: 15s", pending);
        Assert.Contains("+  shutdownTimeout: 77s", pending);
        Assert.Contains("+  listen: \"http://127.0.0.1:4444\"  # at the next start", pending);
        Assert.Contains("@", pending);
        Assert.DoesNotContain("@", new[] { pending[0], pending[^1] });
    }

    [Theory]
    [InlineData("serviceName: shop")]
    [InlineData("history: ./elsewhere")]
    [InlineData("maxInMemory: 1MiB")]
    public async Task Config_WithAPendingChangeOfWhatIsTakenOnce_SaysThatItWaitsForTheNextStart(string member)
    {
        await using var server = await StartAsync();
        var current = server.Config.Current;
        server.Source.Now = () => member.Split(':')[0] switch
        {
            "serviceName" => current with { Telemetry = current.Telemetry with { ServiceName = "shop" } },
            "history" => current with { Admin = current.Admin with { History = "./elsewhere" } },
            _ => current with { Delivery = current.Delivery with { MaxInMemory = ByteSize.FromMebibytes(1) } },
        };

        var (_, body) = await server.GetAsync("/api/config");

        var added = body.GetProperty("pending").EnumerateArray().Where(line => line.GetProperty("change").GetString() == "+").Select(line => line.GetProperty("text").GetString()!);
        var line = Assert.Single(added, line => line.Replace("\"", "", StringComparison.Ordinal).Contains(member, StringComparison.Ordinal));
        Assert.EndsWith("  # at the next start", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_WithAFileThatWouldBeRefused_ShowsItsMistakes()
    {
        await using var server = await StartAsync();
        server.Source.Now = () => throw new InvalidConfigException([new ConfigError("postrider.yaml", 3, 5, "destinations.crm: unknown member")]);

        var (_, body) = await server.GetAsync("/api/config");

        Assert.Equal(["postrider.yaml:3:5: destinations.crm: unknown member"], body.GetProperty("pendingErrors").EnumerateArray().Select(error => error.GetString()));
        Assert.Empty(body.GetProperty("pending").EnumerateArray());
    }

    [Fact]
    public async Task Sources_AsConfigured_AreShownWithMaskedKeys()
    {
        await using var server = await StartAsync();

        var (_, body) = await server.GetAsync("/api/sources");

        var web = body.GetProperty("items").EnumerateArray().Single(source => source.GetProperty("name").GetString() == "web");
        Assert.Equal(["wk_s…", "…"], web.GetProperty("writeKeys").EnumerateArray().Select(key => key.GetString()));
        Assert.Equal(["crm"], web.GetProperty("destinations").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["rate limit 10/s", "requires context.tenant, event", "de-duplicates for 1d"], web.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal("http://localhost:3000", web.GetProperty("gateway").GetString());
        Assert.DoesNotContain("s3cr3t", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceTest_OfASource_SendsWhatItDemands()
    {
        await using var server = await StartAsync();

        var (status, body) = await server.PostAsync("/api/sources/web/test");

        Assert.Equal((200, "evt_testlog-0-0-9"), (status, body.GetProperty("eventId").GetString()));
        var (source, sent) = Assert.Single(server.Door.Sent);
        Assert.Equal("web", source);
        using var sample = JsonDocument.Parse(sent);
        Assert.Equal("postrider-test", sample.RootElement.GetProperty("context").GetProperty("tenant").GetString());
        Assert.Equal("postrider-test", sample.RootElement.GetProperty("event").GetString());
        Assert.True(sample.RootElement.GetProperty("payload").GetProperty("test").GetBoolean());
    }

    [Fact]
    public async Task Changes_OfEveryKind_AreWrittenToTheAuditLog()
    {
        await using var server = await StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));
        await server.PostAsync("/api/destinations/crm/pause");
        await server.PostAsync("/api/destinations/crm/resume");
        await server.PostAsync("/api/destinations/crm/disable", """{"reason":"at night"}""");
        await server.PostAsync("/api/destinations/crm/test");
        await server.PostAsync("/api/destinations/crm/skip", """{"all":true}""");
        await server.PostAsync("/api/dead-letters/replay", """{"destination":"crm","key":"ada"}""");
        await server.PostAsync("/api/replays/rpl_1/cancel");
        await server.DeleteAsync("/api/dead-letters?class=rejected");
        await server.DeleteAsync("/api/rejected-events?all=true");
        await server.PostAsync("/api/sources/web/test");
        await server.PostAsync("/api/config/reload");
        await server.Services.GetService<IOperations>()!.ReloadConfigAsync(Operator.Signal, TestContext.Current.CancellationToken);

        // What changes nothing is not written.
        await server.PostAsync("/api/destinations/nope/pause");
        await server.PostAsync("/api/replays/rpl_9/cancel");
        await server.PostAsync("/api/sources/nope/test");

        var (_, body) = await server.GetAsync("/api/audit?limit=100");
        var entries = body.GetProperty("items").EnumerateArray().Reverse().Select(entry =>
            $"{entry.GetProperty("by").GetString()}@{entry.GetProperty("from").GetString()} {entry.GetProperty("action").GetString()} {entry.GetProperty("target").GetString()}: {entry.GetProperty("details").GetString()}").ToList();
        Assert.Equal(
            [
                "local@127.0.0.1 pause crm: paused",
                "local@127.0.0.1 resume crm: resumed",
                "local@127.0.0.1 disable crm: disabled: at night",
                "local@127.0.0.1 test crm: delivered",
                "local@127.0.0.1 skip crm: 0 events given up, all that waited",
                "local@127.0.0.1 replay crm: rpl_1 of dead-letters, 5 events at most; key=ada",
                "local@127.0.0.1 cancel-replay rpl_1: cancelled after 0 events to crm",
                "local@127.0.0.1 delete-dead-letters : 1 deleted; class=rejected",
                "local@127.0.0.1 delete-rejected : 0 deleted",
                "local@127.0.0.1 test-source web: stored evt_testlog-0-0-9",
                "local@127.0.0.1 reload : in force",
                "signal@ reload : in force",
            ],
            entries);
        Assert.Equal(AdminServer.Now, body.GetProperty("items")[0].GetProperty("at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Changes_ThatAreRefusedOrFail_AreWrittenToo()
    {
        await using var server = await StartAsync();
        server.Delivery.Jobs.Refusing.Add("crm");
        server.Door.Refusal = "The gateway answered 404: source is disabled";
        server.Reload.Errors.Add("postrider.yaml:1:1: wrong");

        await server.PostAsync("/api/replays", """{"destination":"crm","source":"log","since":"1h"}""");
        Assert.Equal(409, (await server.PostAsync("/api/sources/web/test")).Status);
        await server.PostAsync("/api/config/reload");

        Assert.Equal(
            ["refused, nothing changed: 1 mistake", "refused: The gateway answered 404: source is disabled", "refused: 'crm' has a replay already."],
            (await server.Log.Audit.ReadAsync(10, TestContext.Current.CancellationToken)).Select(record => record.Details));
    }

    [Fact]
    public async Task Change_WhoseEntryCannotBeWritten_IsMadeAllTheSame()
    {
        await using var server = await StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));
        ((Postrider.Tests.Log.MemoryAudit)server.Log.Audit).Failure = new LogUnavailableException("gone", TimeSpan.FromSeconds(1));

        var (status, _) = await server.PostAsync("/api/destinations/crm/pause");

        Assert.Equal(204, status);
        Assert.Equal(["pause crm"], server.Delivery.Calls);
    }

    private static DestinationConfig Destination(string secret) => new()
    {
        Name = "crm",
        Type = "webhook",
        Settings = new WebhookSettings { Url = "https://crm.example.com/", Secret = secret, Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cr3t" } },
    };

    private static Task<AdminServer> StartAsync() => AdminServer.StartAsync(config => config with
    {
        Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = Destination("s3cr3t") },
        Sources = new Dictionary<string, SourceConfig>
        {
            ["web"] = new()
            {
                Name = "web",
                WriteKey = "wk_s3cr3t_web_0123456789",
                WriteKeys = ["k"],
                Required = ["context.tenant", "event"],
                RateLimit = new RateLimit(10, TimeSpan.FromSeconds(1)),
                Deduplicate = new DeduplicateConfig(),
            },
        },
    });
}
