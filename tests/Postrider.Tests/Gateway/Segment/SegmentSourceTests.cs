using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>What the configuration changes of an event's stamps and of where it goes.</summary>
public sealed class SegmentSourceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "2026-01-31T07:00:01.000Z")]
    [InlineData(59, "2026-01-31T07:00:01.000Z")]
    [InlineData(61, "2026-01-31T06:00:00Z")]
    public async Task Timestamp_IsCorrectedBeyondTheSkewOfTheSource(int minutes, string expected)
    {
        await using var server = await GatewayServer.StartAsync(
            SegmentSources.Only(new SourceConfig { MaxClockSkew = TimeSpan.FromMinutes(minutes) }), new FakeTimeProvider(Now.AddSeconds(1)));

        await server.PostAsync("/v1/track", """{"userId":1,"timestamp":"2026-01-31T06:00:00Z","sentAt":"2026-01-31T07:00:00Z"}""");

        var json = Assert.Single(server.Log.Stored).Json();
        Assert.Equal((expected, "2026-01-31T06:00:00Z"), (json.Text("timestamp"), json.Text("originalTimestamp")));
    }

    [Fact]
    public async Task Integrations_ThatLeaveOutOrAskFor_TravelWithTheEvent()
    {
        var config = SegmentSources.Only(new SourceConfig()) with { Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = new() { Name = "crm", Type = "webhook" } } };
        await using var server = await GatewayServer.StartAsync(config);

        await server.PostAsync("/v1/batch", """
            {"batch":[{"type":"t","userId":1,"integrations":{"Crm":false}},{"type":"t","userId":1},{"type":"t","userId":1,"integrations":{"crm":true}}],"integrations":{"All":false}}
            """);

        Assert.Equal(["", "", "crm"], server.Log.Stored.Select(stored => string.Join(',', stored.RequestedDestinations!)));
        await server.PostAsync("/v1/track", """{"userId":1,"integrations":{"Crm":false,"later":false}}""");
        Assert.Equal(["Crm", "later"], server.Log.Stored.Last().ExcludedDestinations);
        Assert.Null(server.Log.Stored.Last().RequestedDestinations);
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8 10.0.0.0/8", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7")]
    [InlineData("127.0.0.1", "203.0.113.7:4711", "203.0.113.7")]
    [InlineData("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("127.0.0.1", "2001:db8::1", "2001:db8::1")]
    [InlineData("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1", "203.0.113.7, nonsense", "127.0.0.1")]
    [InlineData("127.0.0.1", "7", "127.0.0.1")]
    [InlineData("127.0.0.1", "", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData("", "203.0.113.7", "127.0.0.1")]
    public async Task RequestIp_BehindAProxy_IsTheClientsOnlyWhereTheProxyIsTrusted(string trusted, string forwarded, string expected)
    {
        var config = new PostriderConfig { Gateway = new GatewayConfig { TrustedProxies = trusted.Split(' ', StringSplitOptions.RemoveEmptyEntries) } };
        await using var server = await GatewayServer.StartAsync(config);

        await server.PostAsync("/v1/track", """{"userId":1,"request_ip":"6.6.6.6"}""", change: request => request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded));

        Assert.Equal(expected, Assert.Single(server.Log.Stored).Json().Text("request_ip"));
    }

    [Fact]
    public void ClientOf_ASocketOfBothKinds_HasOneTextForAnAddress()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:192.0.2.1");

        Assert.Equal("192.0.2.1", new TrustedProxies(new GatewayConfig()).ClientOf(context)!.ToString());
    }
}
