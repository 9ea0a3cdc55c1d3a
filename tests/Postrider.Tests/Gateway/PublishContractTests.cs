using System.Net;
using System.Text;
using Postrider.Log;

namespace Postrider.Tests.Gateway;

public sealed class PublishContractTests
{
    private const string Good = """{"userId":"u1","payload":{"a":1}}""";

    [Fact]
    public async Task Publish_CorrectEvent_AnswersExactlyAndStoresTheBody()
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(Good);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"success":true,"message":"Event published successfully."}""", answer.Body);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal("evt_test-0-0-1", answer.Headers["Postrider-Event-Id"]);
        Assert.False(answer.Headers.ContainsKey("Server"));
        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal("u1", stored.Key);
        Assert.Equal("default", stored.Source);
        Assert.Null(stored.RequestedDestinations);
        Assert.Equal(Good, Encoding.UTF8.GetString(stored.Body.Span));
        Assert.Equal(1, server.Counters["postrider.gateway.events:default"]);
    }

    [Theory]
    [InlineData("{}", "userId not present")]
    [InlineData("""{"payload":{}}""", "userId not present")]
    [InlineData("""{"userId":null,"payload":{}}""", "userId not present")]
    [InlineData("""{"userId":"","payload":{}}""", "userId not present")]
    [InlineData("""{"userId":"u"}""", "payload not present")]
    [InlineData("""{"userId":"u","Payload":1}""", "payload not present")]
    [InlineData("""{"userId":true,"payload":1}""", "userId must be a string or a number")]
    [InlineData("""{"userId":{"payload":1},"payload":1}""", "userId must be a string or a number")]
    [InlineData("""{"userId":["u"]}""", "userId must be a string or a number")]
    [InlineData("""{"userId":"u","payload":1,"userId":null}""", "userId not present")]
    [InlineData("""{"userId":"u","payload":1,"user\u0049d":""}""", "userId not present")]
    [InlineData("""{"x":{"userId":"u","payload":1}}""", "userId not present")]
    [InlineData("""{"userId":"\ud800","payload":1}""", "userId holds an escape that is half of a character (a lone surrogate)")]
    [InlineData("", "the body is empty: send a JSON object")]
    [InlineData("[]", "the body must be a JSON object")]
    [InlineData("\"text\"", "the body must be a JSON object")]
    [InlineData("null", "the body must be a JSON object")]
    public async Task Publish_WrongBody_Answers400WithItsMessage(string body, string message)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(body);

        answer.AssertError(HttpStatusCode.BadRequest, message);
        Assert.Empty(server.Log.Stored);
    }

    [Theory]
    [InlineData("""{"userId":"a b","payload":1}""", "a b")]
    [InlineData("""{"userId":1,"payload":1}""", "1")]
    [InlineData("""{"userId":"1","payload":1}""", "1")]
    [InlineData("""{"userId":0,"payload":1}""", "0")]
    [InlineData("""{"userId":1.0,"payload":1}""", "1.0")]
    [InlineData("""{"userId": -1.50E+3 ,"payload":1}""", "-1.50E+3")]
    [InlineData("""{"userId":"\u00e4\n\ud83d\ude00","payload":1}""", "ä\n😀")]
    [InlineData("""{"userId":"ä😀","payload":1}""", "ä😀")]
    [InlineData("""{"userId":{},"userId":"last","payload":1}""", "last")]
    [InlineData("""{"userId":"first","user\u0049d":"last","payload":1}""", "last")]
    [InlineData("""{"\u0075\u0073\u0065\u0072\u0049\u0064":"u","p\u0061yload":1}""", "u")]
    [InlineData("""{"\ud800":1,"userId":"u","payload":"\udfff"}""", "u")]
    [InlineData("""{"user\nd":"x","userId\u0020":"y","userId":"u","payload":null}""", "u")]
    [InlineData("\uFEFF{\"userId\":\"bom\",\"payload\":1}", "bom")]
    [InlineData(" \r\n\t{\"userId\":\"u\",\"payload\":[1,{\"userId\":2}]} \n", "u")]
    public async Task Publish_GoodBody_IsStoredByteForByteUnderItsKey(string body, string key)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(body);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Status == HttpStatusCode.OK ? "" : answer.Body));
        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal(key, stored.Key);
        Assert.Equal(body, Encoding.UTF8.GetString(stored.Body.Span));
    }

    [Theory]
    [InlineData("{\"userId\":\"u\",\n\"payload\":x}", "invalid JSON at line 2, byte 11: 'x' is an invalid start of a value.")]
    [InlineData("""{"userId":"u","payload":1} x""", "invalid JSON at line 1, byte 28: 'x' is invalid after a single JSON value. Expected end of data.")]
    [InlineData("hello", "invalid JSON at line 1, byte 1: 'h' is an invalid start of a value.")]
    public async Task Publish_InvalidJson_NamesThePlace(string body, string message)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(body);

        answer.AssertError(HttpStatusCode.BadRequest, message);
        Assert.Equal(1, server.Counters["postrider.gateway.refused:invalid_json"]);
    }

    [Theory]
    [InlineData("""{"userId":"u","payload":1""")]
    [InlineData("""{"userId":"u","payload":1,}""")]
    [InlineData("""{"userId":"u","payload":1}{}""")]
    [InlineData("""{"userId":"u","payload":1/*c*/}""")]
    [InlineData("""{"userId":"u","payload":01}""")]
    [InlineData("""{"userId":"u","payload":"\x"}""")]
    [InlineData("{\"userId\":\"u\",\"payload\":\"a\nb\"}")]
    [InlineData("\uFEFF")]
    [InlineData("   ")]
    public async Task Publish_InvalidJson_Answers400(string body)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PublishAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("""{"success":false,"message":"invalid JSON at line """, answer.Body, StringComparison.Ordinal);
        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task Publish_NestedTooDeep_NamesThePlace()
    {
        await using var server = await GatewayServer.StartAsync();
        var fits = Nested(63);
        var tooDeep = Nested(64);

        var accepted = await server.PublishAsync(fits);
        var refused = await server.PublishAsync(tooDeep);

        Assert.Equal(HttpStatusCode.OK, accepted.Status);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("depth of 64", refused.Body, StringComparison.Ordinal);
        Assert.Contains("line 1, byte 88", refused.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0xFF, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xC0, 0xAF, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xE2, 0x82, 0x22 })]
    public async Task Publish_InvalidUtf8InAString_Answers400NamingTheByte(byte[] payload)
    {
        await using var server = await GatewayServer.StartAsync();
        byte[] body = [.. """{"userId":"u","payload":"""u8, .. payload, .. "}"u8];

        var answer = await server.PublishAsync(body);

        answer.AssertError(HttpStatusCode.BadRequest, "the body is not valid UTF-8 at byte 26");
    }

    [Fact]
    public async Task Publish_LongKey_LimitIsExactEscapedOrNot()
    {
        await using var server = await GatewayServer.StartAsync();
        var longest = new string('k', 4096);
        var escaped = string.Concat(Enumerable.Repeat("\\u006b", 4096));

        var accepted = await server.PublishAsync($$"""{"userId":"{{longest}}","payload":1}""");
        var acceptedEscaped = await server.PublishAsync($$"""{"userId":"{{escaped}}","payload":1}""");
        var refused = await server.PublishAsync($$"""{"userId":"{{longest}}k","payload":1}""");
        var refusedEscaped = await server.PublishAsync($$"""{"userId":"{{escaped}}k","payload":1}""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (accepted.Status, acceptedEscaped.Status));
        Assert.All(server.Log.Stored, stored => Assert.Equal(longest, stored.Key));
        refused.AssertError(HttpStatusCode.BadRequest, "userId is longer than 4096 bytes");
        refusedEscaped.AssertError(HttpStatusCode.BadRequest, "userId is longer than 4096 bytes");
    }

    [Fact]
    public async Task Publish_AnyContentType_IsAccepted()
    {
        await using var server = await GatewayServer.StartAsync();

        var none = await server.PublishAsync(Encoding.UTF8.GetBytes(Good));
        var wrong = await server.PublishAsync(
            Encoding.UTF8.GetBytes(Good), change: request => request.Content!.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (none.Status, wrong.Status));
    }

    [Fact]
    public async Task Publish_CompressedBody_Answers415()
    {
        await using var server = await GatewayServer.StartAsync();

        var gzip = await server.PublishAsync([1, 2, 3], change: request => request.Content!.Headers.ContentEncoding.Add("gzip"));
        var identity = await server.PublishAsync(
            Encoding.UTF8.GetBytes(Good), change: request => request.Content!.Headers.ContentEncoding.Add("identity"));

        gzip.AssertError(HttpStatusCode.UnsupportedMediaType, "Content-Encoding not supported: send the body uncompressed");
        Assert.Equal(HttpStatusCode.OK, identity.Status);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/unknown")]
    [InlineData("/publish/")]
    [InlineData("/Publish")]
    public async Task AnyMethod_UnknownPath_Answers404(string path)
    {
        await using var server = await GatewayServer.StartAsync();

        var post = await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(Good) });
        var get = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        var head = await server.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        post.AssertError(HttpStatusCode.NotFound, "not found: send events with POST /publish");
        get.AssertError(HttpStatusCode.NotFound, "not found: send events with POST /publish");
        Assert.Equal((HttpStatusCode.NotFound, ""), (head.Status, head.Body));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Publish_OtherMethod_Answers405AndAllowsPost(string method)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/publish"));

        answer.AssertError(HttpStatusCode.MethodNotAllowed, "method not allowed: send events with POST /publish");
        Assert.Equal("POST", answer.Headers["Allow"]);
    }

    [Fact]
    public async Task Publish_LogUnavailable_Answers503WithRetryAfter()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Log.BeforeAppend = () => throw new LogUnavailableException("the disk is full", TimeSpan.FromMilliseconds(2100));

        var answer = await server.PublishAsync(Good);

        answer.AssertError(HttpStatusCode.ServiceUnavailable, "error publishing event: the disk is full");
        Assert.Equal("3", answer.Headers["Retry-After"]);
        Assert.Equal(1, server.Counters["postrider.gateway.refused:log_unavailable"]);
        Assert.Equal(0, server.Counters["postrider.gateway.events:default"]);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Publish_Stopping_Answers503ButFinishesWhatIsOnItsWay()
    {
        await using var server = await GatewayServer.StartAsync();
        var appending = new TaskCompletionSource();
        var durable = new TaskCompletionSource();
        server.Log.BeforeAppend = () =>
        {
            appending.TrySetResult();
            return durable.Task;
        };
        var early = server.PublishAsync(Good);
        await appending.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        server.Endpoint.StopAccepting();
        var late = await server.PublishAsync(Good);
        durable.SetResult();

        late.AssertError(HttpStatusCode.ServiceUnavailable, "error publishing event: the server is stopping");
        Assert.Equal("5", late.Headers["Retry-After"]);
        Assert.Equal("close", late.Headers["Connection"]);
        Assert.Equal(HttpStatusCode.OK, (await early).Status);
    }

    [Fact]
    public async Task Publish_UnforeseenFailure_Answers500AndLogsOnce()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Log.BeforeAppend = () => throw new InvalidCastException("surprise");

        var answer = await server.PublishAsync(Good);

        answer.AssertError(HttpStatusCode.InternalServerError, "internal error");
        Assert.Equal(2000, Assert.Single(server.Logs.Lines).Id.Id);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false)]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false)]
    [InlineData("nonsense", false)]
    public async Task Publish_TraceParent_IsKeptWhenWellFormed(string header, bool isKept)
    {
        await using var server = await GatewayServer.StartAsync();

        await server.PublishAsync(Encoding.UTF8.GetBytes(Good), change: request => request.Headers.TryAddWithoutValidation("traceparent", header));

        Assert.Equal(isKept ? header : null, Assert.Single(server.Log.Stored).TraceParent);
    }

    private static string Nested(int depth) =>
        $$"""{"userId":"u","payload":{{new string('[', depth)}}{{new string(']', depth)}}}""";
}
