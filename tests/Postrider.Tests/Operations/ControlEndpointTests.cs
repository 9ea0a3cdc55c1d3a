namespace Postrider.Tests.Operations;

public sealed class ControlEndpointTests
{
    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task PauseAndResume_OfAKnownDestination_Are204(string verb)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));

        var (status, _) = await server.PostAsync($"/api/destinations/crm/{verb}");

        Assert.Equal(204, status);
        Assert.Equal([$"{verb} crm"], server.Delivery.Calls);
    }

    [Fact]
    public async Task Pause_OfAnUnknownDestination_Is404AndNamesTheKnown()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync("/api/destinations/nobody/pause");

        Assert.Equal(404, status);
        Assert.Equal("There is no destination 'nobody'. Known: crm.", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Pause_ByGet_Is405AndPausesNothing()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, _) = await server.GetAsync("/api/destinations/crm/pause");

        Assert.Equal(405, status);
        Assert.Empty(server.Delivery.Calls);
    }

    [Fact]
    public async Task Reload_OfAGoodFile_Is200()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync("/api/config/reload");

        Assert.Equal(200, status);
        Assert.True(body.GetProperty("reloaded").GetBoolean());
        Assert.Equal(1, server.Reload.Calls);
    }

    [Fact]
    public async Task Reload_OfABadFile_Is400WithEveryError()
    {
        await using var server = await AdminServer.StartAsync();
        server.Reload.Errors.AddRange(["postrider.yaml(3,1): unknown member 'x'", "postrider.yaml(9,2): bad duration"]);

        var (status, body) = await server.PostAsync("/api/config/reload");

        Assert.Equal(400, status);
        Assert.Contains("nothing changed", body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(server.Reload.Errors, body.GetProperty("errors").EnumerateArray().Select(error => error.GetString()));
    }

    [Fact]
    public async Task Reload_FromAPageOfAnotherOrigin_IsRefused()
    {
        await using var server = await AdminServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/config/reload");
        request.Headers.Add("Origin", "https://evil.example.com");

        var (status, _) = await server.SendAsync(request);

        Assert.Equal(403, status);
        Assert.Equal(0, server.Reload.Calls);
    }
}
