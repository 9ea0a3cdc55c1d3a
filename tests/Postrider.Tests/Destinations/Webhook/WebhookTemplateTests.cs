using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookTemplateTests
{
    private const string Body = """
        {"userId":"u/1","n":1e3,"yes":true,"nothing":null,"empty":"","list":[1],"dots":"..","id":"body's","type":"own",
         "context":{"tenant":"Zoë & Söhne","a b":1},"twice":1,"twice":{"x":"last"},"esc\u0061ped":"line\r\nX-Evil: 1","bad":"\ud800","long":"LONG"}
        """;

    [Theory]
    [InlineData("/users/{userId}", "/users/u%2F1")]
    [InlineData("/{n}/{yes}", "/1e3/true")]
    [InlineData("?q={context.tenant}&r={empty}", "/?q=Zo%C3%AB%20%26%20S%C3%B6hne&r=")]
    [InlineData("/{nothing:-none}/{missing:-a b}", "/none/a%20b")]
    [InlineData("/{id}/{.id}/{type}/{.type}", "/evt_testlog-0-0-7/body%27s/track/own")]
    [InlineData("/{key}/{source}/{sequence}", "/k/app/7")]
    [InlineData("/{twice.x}?{{x}}={escaped}", "/last?%7Bx%7D=line%0D%0AX-Evil%3A%201")]
    [InlineData("/a{dots}", "/a..")]
    [InlineData("/%2F/{n}?a=%20", "/%2F/1e3?a=%20")]
    public async Task DeliverAsync_FieldsInTheUrl_AreEscapedForTheirPlace(string path, string target)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.To(receiver.Url + path);

        var result = await destination.DeliverOneAsync(Attempts.Of(Body, type: "track", key: "k"));

        Assert.Equal((DeliveryOutcome.Delivered, null), (result.Outcome, result.Reason));
        Assert.Equal(target, Assert.Single(receiver.Requests).RawTarget);
    }

    [Theory]
    [InlineData("/{missing}", "its field 'missing' is missing; the URL takes it")]
    [InlineData("/{nothing}", "its field 'nothing' is missing; the URL takes it")]
    [InlineData("/{n.deeper}", "its field 'n.deeper' is missing; the URL takes it")]
    [InlineData("/{list.0}", "its field 'list.0' is missing; the URL takes it")]
    [InlineData("/{list}", "its field 'list' is not a single value; the URL takes it")]
    [InlineData("/{empty}", "its field 'empty' is empty; the URL takes it")]
    [InlineData("/{bad}", "its field 'bad' cannot be read; the URL takes it")]
    [InlineData("/{long}", "its field 'long' is longer than 1024 characters; the URL takes it")]
    [InlineData("/{dots}", "a field makes a part of the path '.' or '..'; the URL takes it")]
    [InlineData("/a/{dots}/b", "a field makes a part of the path '.' or '..'; the URL takes it")]
    public async Task DeliverAsync_EventWithoutAUsableField_IsRejectedUnsent(string path, string reason)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.To(receiver.Url + path);

        var result = await destination.DeliverOneAsync(Attempts.Of(Body.Replace("LONG", new string('x', 1025), StringComparison.Ordinal)));

        Assert.Equal((DeliveryOutcome.Rejected, "template", reason), (result.Outcome, result.ErrorClass, result.Reason));
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task DeliverAsync_FieldsInHeaders_AreEscapedAndLeaveNothingBehind()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var headers = new Dictionary<string, string> { ["X-Tenant"] = "t={tenant:-}; {{x}}", ["X-Id"] = "{id}" };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, EventHeaders = headers, AllowPrivateNetwork = true });

        await destination.DeliverOneAsync(Attempts.Of("""{"tenant":" Zo\u00eb\r\nX-Evil: 100% "}""", id: "first"));
        await destination.DeliverOneAsync(Attempts.Of("{}", id: "second"));

        Assert.Equal(["t=%20Zo%C3%AB%0D%0AX-Evil: 100%25%20; {x}", "t=; {x}"], receiver.Requests.Select(request => request.Headers["X-Tenant"]));
        Assert.Equal(["first", "second"], receiver.Requests.Select(request => request.Headers["X-Id"]));
        Assert.All(receiver.Requests, request => Assert.DoesNotContain("X-Evil", request.Headers.Keys));
    }

    [Fact]
    public async Task DeliverAsync_EventWithoutAHeadersField_IsRejectedUnsent()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var headers = new Dictionary<string, string> { ["X-Tenant"] = "{tenant}" };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, EventHeaders = headers, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();
        var next = await destination.DeliverOneAsync(Attempts.Of("""{"tenant":"a"}"""));

        Assert.Equal((DeliveryOutcome.Rejected, "its field 'tenant' is missing; the header X-Tenant takes it"), (result.Outcome, result.Reason));
        Assert.Equal(DeliveryOutcome.Delivered, next.Outcome);
        Assert.Equal("a", Assert.Single(receiver.Requests).Headers["X-Tenant"]);
    }

    [Theory]
    [InlineData("https://{userId}.example.com/")]
    [InlineData("https://{userId}/")]
    [InlineData("https://example.com:{port}/")]
    [InlineData("https://example.com{userId}")]
    [InlineData("{userId}://example.com/")]
    [InlineData("{url}")]
    [InlineData("https://example.com\\{userId}")]
    [InlineData("https://example.com/{userId")]
    [InlineData("https://example.com/userId}")]
    [InlineData("https://example.com/{}")]
    [InlineData("https://example.com/{a..b}")]
    [InlineData("https://example.com/{a{b}}")]
    [InlineData("https://{{example.com/{a}")]
    [InlineData("https:///{a}")]
    [InlineData("https:/example.com/{a}")]
    public void Validate_BadTemplateInUrl_NamesUrl(string url) =>
        Assert.Equal("url", Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = url })).Member);

    [Theory]
    [InlineData("X-A", "{a", "brace")]
    [InlineData("X-A", "plain", "no field")]
    [InlineData("X-A", "{a}\r\nX-B: 1", "line break")]
    [InlineData("Host", "{a}", "cannot be set")]
    [InlineData("webhook-id", "{a}", "cannot be set")]
    [InlineData("Content-Type", "{a}", "under headers only")]
    public void Validate_BadTemplateInAHeader_NamesIt(string name, string text, string part)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings
        {
            Url = "https://example.com/", EventHeaders = new Dictionary<string, string> { [name] = text },
        }));

        Assert.Equal($"eventHeaders.{name}", error.Member);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_HeaderInBothMaps_SaysSo()
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings
        {
            Url = "https://example.com/",
            Headers = new Dictionary<string, string> { ["X-A"] = "1" },
            EventHeaders = new Dictionary<string, string> { ["x-a"] = "{a}" },
        }));

        Assert.Equal("eventHeaders.x-a", error.Member);
    }
}
