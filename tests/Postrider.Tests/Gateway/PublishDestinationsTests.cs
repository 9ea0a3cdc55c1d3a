using System.Net;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

public sealed class PublishDestinationsTests
{
    private static readonly PostriderConfig Everything = new()
    {
        Sources = new Dictionary<string, SourceConfig> { ["app"] = new() { Default = true }, ["web"] = new() { WriteKey = "wk" } },
        Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = NewDestination(), ["warehouse"] = NewDestination(), ["ä"] = NewDestination() },
    };

    private static readonly PostriderConfig Connected = Everything with
    {
        Connections = [new() { From = "app", To = "warehouse" }, new() { From = "app", To = "crm" }, new() { From = "web", To = "crm" }],
    };

    [Theory]
    [InlineData("[]", new string[0])]
    [InlineData("""["crm"]""", new[] { "crm" })]
    [InlineData("""["warehouse","crm"]""", new[] { "warehouse", "crm" })]
    [InlineData("""["crm","crm"]""", new[] { "crm" })]
    [InlineData("""["\u0063rm","\u00e4"]""", new[] { "crm", "ä" })]
    [InlineData("""["nobody"],"destinations":["crm"]""", new[] { "crm" })]
    [InlineData("""7,"destination\u0073":["crm"]""", new[] { "crm" })]
    public async Task Publish_KnownDestinations_AreKeptWithTheEvent(string list, string[] expected)
    {
        await using var server = await GatewayServer.StartAsync(Everything);

        var answer = await server.PublishAsync(BodyAsking(list));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(expected, Assert.Single(server.Log.Stored).RequestedDestinations);
    }

    [Theory]
    [InlineData("\"crm\"")]
    [InlineData("null")]
    [InlineData("""{"crm":true}""")]
    [InlineData("""["crm",1]""")]
    [InlineData("""["crm",["crm"]]""")]
    [InlineData("[null]")]
    [InlineData("""["crm"],"destinations":false""")]
    public async Task Publish_DestinationsOfAnotherType_Answers400(string list)
    {
        await using var server = await GatewayServer.StartAsync(Everything);

        var answer = await server.PublishAsync(BodyAsking(list));

        answer.AssertError(HttpStatusCode.BadRequest, "destinations must be an array of strings");
    }

    [Theory]
    [InlineData("nobody", null, "app", "crm, warehouse")]
    [InlineData("ä", null, "app", "crm, warehouse")]
    [InlineData("warehouse", "wk", "web", "crm")]
    [InlineData("Crm", "wk", "web", "crm")]
    public async Task Publish_UnknownOrUnconnectedDestination_Answers400WithThePossibleNames(string name, string? key, string source, string possible)
    {
        await using var server = await GatewayServer.StartAsync(Connected);

        var answer = await server.PublishAsync(Encoding.UTF8.GetBytes(BodyAsking($"""["crm","{name}"]""")), key);

        answer.AssertError(
            HttpStatusCode.BadRequest,
            $"""destinations: \"{name}\" is unknown or not connected to source \"{source}\"; possible: {possible}""");
        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task Publish_NoDestinationsConfigured_SaysNonePossible()
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(BodyAsking("""["\ud800"]"""));

        answer.AssertError(HttpStatusCode.BadRequest, "destinations: \\\"\uFFFD\\\" is unknown or not connected to source \\\"default\\\"; possible: none");
    }

    [Fact]
    public async Task Publish_DestinationAddedByReload_IsKnownAtOnce()
    {
        await using var server = await GatewayServer.StartAsync();

        var before = await server.PublishAsync(BodyAsking("""["crm"]"""));
        server.Config.Current = Everything;
        var after = await server.PublishAsync(BodyAsking("""["crm"]"""));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (before.Status, after.Status));
    }

    private static string BodyAsking(string list) => $$"""{"userId":"u","payload":1,"destinations":{{list}}}""";

    private static DestinationConfig NewDestination() => new() { Type = "webhook", Settings = new object() };
}
