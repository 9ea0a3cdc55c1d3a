using Postrider.Delivery;
using Postrider.Operations;

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

    [Theory]
    [InlineData("", "disabled through the admin API")]
    [InlineData("{}", "disabled through the admin API")]
    [InlineData("""{"reason":null}""", "disabled through the admin API")]
    [InlineData("""{"reason":"moves to a new host"}""", "moves to a new host")]
    public async Task Disable_OfAKnownDestination_Is204AndKeepsTheReason(string body, string reason)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));

        var (status, _) = await server.PostAsync("/api/destinations/crm/disable", body);

        Assert.Equal(204, status);
        Assert.Equal([$"disable because {reason}: crm"], server.Delivery.Calls);
    }

    [Theory]
    [InlineData("", "sample")]
    [InlineData("""{"userId":"müller","payload":[1]}""", """{"userId":"müller","payload":[1]}""")]
    public async Task Test_OfADestinationThatAnswers_TellsHowItWent(string sent, string seen)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));

        var (status, body) = await server.PostAsync("/api/destinations/crm/test", sent);

        Assert.Equal(200, status);
        Assert.Equal([$"test {seen} crm"], server.Delivery.Calls);
        Assert.Equal(
            """{"eventId":"evt_test","outcome":"delivered","status":200,"errorClass":null,"reason":null,"answer":null,"milliseconds":12.3}""", body.GetRawText());
    }

    [Fact]
    public async Task Test_ThatFails_IsStill200WithWhy()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));
        server.Delivery.Test = new TestDelivery("evt_test", "retry", 503, "status", "answered 503", "busy", TimeSpan.FromSeconds(1));

        var (status, body) = await server.PostAsync("/api/destinations/crm/test", "");

        Assert.Equal(200, status);
        Assert.Equal(
            """{"eventId":"evt_test","outcome":"retry","status":503,"errorClass":"status","reason":"answered 503","answer":"busy","milliseconds":1000}""",
            body.GetRawText());
    }

    [Theory]
    [InlineData(0, 400)]
    [InlineData(DestinationEndpoints.MaxTestBodyBytes, 413)]
    [InlineData(100 * DestinationEndpoints.MaxTestBodyBytes, 413)]
    public async Task Test_WithABodyThatIsNoneOrTooLong_IsRefused(int padding, int expected)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/destinations/crm/test") { Content = new StringContent("x" + new string(' ', padding)) };
        request.Headers.ExpectContinue = true;

        var (status, body) = await server.SendAsync(request);

        Assert.Equal(expected, status);
        Assert.True(body.TryGetProperty("error", out _));
        Assert.Empty(server.Delivery.Calls);
    }

    [Theory]
    [InlineData("""{"all":true}""", "all")]
    [InlineData("""{"before":"2026-03-04T11:00:00+01:00"}""", "2026-03-04T10:00:00.0000000+00:00")]
    [InlineData("""{"before":"15m"}""", "2026-03-04T11:45:00.0000000+00:00")]
    public async Task Skip_OfAPart_TellsHowMuchWasGivenUp(string sent, string before)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));
        server.Delivery.Skip = new SkipResult(17, 12);

        var (status, body) = await server.PostAsync("/api/destinations/crm/skip", sent);

        Assert.Equal(200, status);
        Assert.Equal("""{"positions":17,"events":12}""", body.GetRawText());
        Assert.Equal([$"skip {before} crm"], server.Delivery.Calls);
    }

    [Theory]
    [InlineData("skip", "", "either 'before' with a time, or all=true")]
    [InlineData("skip", "{}", "either 'before' with a time, or all=true")]
    [InlineData("skip", """{"all":false}""", "either 'before' with a time, or all=true")]
    [InlineData("skip", """{"all":true,"before":"1h"}""", "either 'before' with a time, or all=true")]
    [InlineData("skip", """{"all":"yes"}""", "'all' must be true or false, not 'yes'.")]
    [InlineData("skip", """{"before":"yesterday"}""", "'before' must be a time as 2026-01-31T08:00:00Z, or how long ago as 15m, not 'yesterday'.")]
    [InlineData("skip", """{"befor":"1h"}""", "'befor' is unknown here; known: before, all.")]
    [InlineData("disable", """{"why":"x"}""", "'why' is unknown here; known: reason.")]
    [InlineData("disable", """{"why":null}""", "'why' is unknown here; known: reason.")]
    [InlineData("disable", """{"reason":""}""", "'reason' is empty")]
    [InlineData("disable", """{"reason":["x"]}""", "'reason' must be a text or a number.")]
    [InlineData("disable", """{"reason":"\ud800"}""", "The body is not valid JSON.")]
    [InlineData("disable", "reason", "The body is not valid JSON.")]
    [InlineData("disable", "[]", "The body must be a JSON object.")]
    public async Task Control_WithABodyThatIsWrong_Is400AndDoesNothing(string verb, string sent, string error)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm"));

        var (status, body) = await server.PostAsync($"/api/destinations/crm/{verb}", sent);

        Assert.Equal(400, status);
        Assert.Contains(error, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Delivery.Calls);
    }

    [Fact]
    public async Task Disable_WithABodyThatIsTooLong_IsRefused()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync("/api/destinations/crm/disable", $$"""{"reason":"{{new string('x', CallParameters.MaxBodyBytes)}}"}""");

        Assert.Equal(400, status);
        Assert.Contains("larger than 65536 bytes", body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "")]
    [InlineData("resume", "")]
    [InlineData("disable", "")]
    [InlineData("test", "")]
    [InlineData("skip", """{"all":true}""")]
    public async Task Control_WhileTheServerStarts_Is503(string verb, string sent)
    {
        await using var server = await AdminServer.StartAsync(started: false);

        var (status, body) = await server.PostAsync($"/api/destinations/crm/{verb}", sent);

        Assert.Equal(503, status);
        Assert.Equal("The server is starting.", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("pause", "")]
    [InlineData("resume", "")]
    [InlineData("disable", "")]
    [InlineData("test", "")]
    [InlineData("skip", """{"all":true}""")]
    public async Task Control_OfAnUnknownDestination_Is404AndNamesTheKnown(string verb, string sent)
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync($"/api/destinations/nobody/{verb}", sent);

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
