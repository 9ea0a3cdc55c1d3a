using System.Buffers;
using System.Net.Http.Headers;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;
using Postrider.Operations.Access;

namespace Postrider.Tests.Operations;

public sealed class AdminAccessTests
{
    private const string Token = "s3cret-token";

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:9999", 200)]
    [InlineData("LOCALHOST:3001", 200)]
    [InlineData("127.0.0.1:3001", 200)]
    [InlineData("[::1]:3001", 200)]
    [InlineData("evil.example.com", 403)]
    [InlineData("evil.example.com:3001", 403)]
    [InlineData("localhost.evil.example.com", 403)]
    [InlineData("127.0.0.1.nip.io:3001", 403)]
    [InlineData("10.0.0.1:3001", 403)]
    public async Task AnyCall_OnLoopback_ServesOnlyLocalHosts(string host, int expected)
    {
        await using var server = await AdminServer.StartAsync();

        foreach (var path in new[] { "/health/live", "/api/status", "/health/ready" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            var (status, body) = await server.SendAsync(request);

            Assert.Equal(expected, status);
            Assert.Equal(expected != 200, body.TryGetProperty("error", out _));
        }
    }

    [Theory]
    [InlineData("http://localhost:3001", "localhost:3001", 200)]
    [InlineData("http://LOCALHOST:3001", "localhost:3001", 200)]
    [InlineData("http://localhost", "localhost", 200)]
    [InlineData("http://localhost:80", "localhost", 200)]
    [InlineData("https://localhost", "localhost", 200)]
    [InlineData("http://localhost:3002", "localhost:3001", 403)]
    [InlineData("http://127.0.0.1:3001", "localhost:3001", 403)]
    [InlineData("https://evil.example.com", "localhost:3001", 403)]
    [InlineData("null", "localhost:3001", 403)]
    [InlineData("localhost:3001", "localhost:3001", 403)]
    public async Task AnyCall_WithAnOrigin_MustComeFromItsOwnPage(string origin, string host, int expected)
    {
        await using var server = await AdminServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Host = host;
        request.Headers.Add("Origin", origin);

        var (status, _) = await server.SendAsync(request);

        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData("cross-site", 403)]
    [InlineData("same-site", 403)]
    [InlineData("same-origin", 200)]
    [InlineData("none", 200)]
    public async Task Change_ThatABrowserTellsToComeFromElsewhere_IsRefusedWithoutOriginToo(string site, int expected)
    {
        await using var server = await AdminServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/config/reload");
        request.Headers.Add("Sec-Fetch-Site", site);

        Assert.Equal(expected, (await server.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("/api/status", null, 401)]
    [InlineData("/api/status", "Bearer wrong", 401)]
    [InlineData("/api/status", "Bearer s3cret-toke", 401)]
    [InlineData("/api/status", "Basic s3cret-token", 401)]
    [InlineData("/api/status", "Bearer s3cret-token", 200)]
    [InlineData("/api/status", "bearer s3cret-token", 200)]
    [InlineData("/nothing", null, 401)]
    [InlineData("/metrics", null, 401)]
    [InlineData("/healthy", null, 401)]
    [InlineData("/health/ready", null, 200)]
    public async Task Call_WithATokenConfigured_AsksForItEverywhereButHealth(string path, string? authorization, int expected)
    {
        await using var server = await AdminServer.StartAsync(WithToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        }

        var (status, _) = await server.SendAsync(request);

        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Metrics_WithTheToken_Answers()
    {
        await using var server = await AdminServer.StartAsync(WithToken);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        var text = await server.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Equal("metrics", text);
    }

    [Fact]
    public async Task Call_AfterTheTokenWasReloaded_TakesTheNewOne()
    {
        await using var server = await AdminServer.StartAsync(WithToken);
        server.Config.Current = server.Config.Current with { Admin = new AdminConfig { Token = "another" } };
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "another");

        var (status, _) = await server.GetAsync("/api/status");

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Call_BeyondLoopback_ServesAnyHostWithTheToken()
    {
        await using var server = await AdminServer.StartAsync(
            config => config with { Admin = new AdminConfig { Listen = "http://0.0.0.0:3001", Token = Token } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Host = "postrider.example.com";
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        var (status, _) = await server.SendAsync(request);

        Assert.Equal(200, status);
    }

    [Theory]
    [InlineData("http://127.0.0.1:3001", "postrider.example.com", 200)]
    [InlineData("http://127.0.0.1:3001", "POSTRIDER.example.com:443", 200)]
    [InlineData("http://127.0.0.1:3001", "localhost", 200)]
    [InlineData("http://127.0.0.1:3001", "evil.example.com", 403)]
    [InlineData("http://0.0.0.0:3001", "postrider.example.com", 200)]
    [InlineData("http://0.0.0.0:3001", "localhost", 403)]
    [InlineData("http://0.0.0.0:3001", "10.0.0.1", 403)]
    [InlineData("http://0.0.0.0:3001", "evil.example.com", 403)]
    public async Task Call_WithHostsConfigured_ServesThoseAndOnLoopbackItsOwn(string listen, string host, int expected)
    {
        await using var server = await AdminServer.StartAsync(
            config => config with { Admin = new AdminConfig { Listen = listen, Token = Token, Hosts = ["postrider.example.com"] } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Host = host;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        Assert.Equal(expected, (await server.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Health_BeyondLoopback_IsAskedForByAnyName()
    {
        await using var server = await AdminServer.StartAsync(
            config => config with { Admin = new AdminConfig { Listen = "http://0.0.0.0:3001", Token = Token, Hosts = ["postrider.example.com"] } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Host = "10.1.2.3:3001";

        Assert.Equal(200, (await server.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Payloads_ForAReader_AreLeftOut()
    {
        await using var server = await AdminServer.StartAsync(config => config with { Admin = config.Admin with { Token = Token, ReadToken = "reader" } });
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));
        server.Delivery.Letters.Rejected.Add(new RejectedIngest(2, "web", AdminServer.StartedAt, "no userId", "payl0ad"u8.ToArray()));
        var held = Event.Create(new EventDraft { Source = "app", ReceivedAt = AdminServer.StartedAt }, new ReadOnlySequence<byte>("""{"payl0ad":1}"""u8.ToArray()));
        held.PlaceAt("testlog", new LogPosition(0, 0, 7));
        server.Delivery.Stories[held.Id] = new EventStory(held.Id, held.Place, held, [new DestinationStory("crm", "parked", null, 1, null, new AttemptError("status", 500, "answered 500"), "payl0ad")]);

        foreach (var path in new[] { $"/api/events/{held.Id}?body=true", "/api/dead-letters", "/api/rejected-events" })
        {
            Assert.Contains(path == "/api/dead-letters" ? "\\\"no\\\"" : "payl0ad", await GetAsync(path, Token), StringComparison.Ordinal);
            var shown = await GetAsync(path, "reader");
            Assert.DoesNotContain("payl0ad", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("\\\"no\\\"", shown, StringComparison.Ordinal);
        }

        async Task<string> GetAsync(string path, string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return (await server.SendAsync(request)).Body.GetRawText();
        }
    }

    [Fact]
    public async Task Call_BeyondLoopbackWithoutAToken_IsRefusedButForHealth()
    {
        await using var server = await AdminServer.StartAsync(config => config with { Admin = new AdminConfig { Listen = "http://0.0.0.0:3001" } });

        var (api, _) = await server.GetAsync("/api/status");
        var (health, _) = await server.GetAsync("/health/live");

        Assert.Equal(401, api);
        Assert.Equal(200, health);
    }

    [Theory]
    [InlineData("http://127.0.0.1:3001", true)]
    [InlineData("http://127.8.0.1:3001", true)]
    [InlineData("http://localhost:3001", true)]
    [InlineData("http://[::1]:3001", true)]
    [InlineData("http://0.0.0.0:3001", false)]
    [InlineData("http://[::]:3001", false)]
    [InlineData("http://10.1.2.3:3001", false)]
    [InlineData("http://admin.example.com:3001", false)]
    public void IsLoopbackListener_ForEachSpelling_TellsWhoCanReachIt(string listen, bool expected)
    {
        Assert.Equal(expected, Authentication.IsLoopbackListener(listen));
    }

    private static PostriderConfig WithToken(PostriderConfig config) => config with { Admin = config.Admin with { Token = Token } };
}
