using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Webhooks;

/// <summary>Webhook sources over a real connection, with the vectors of the senders' own documentation where they give one.</summary>
public sealed class WebhookSourceTests
{
    private static readonly SignatureConfig GitHub = new() { Scheme = SignatureScheme.Github, Secrets = ["old one", "It's a Secret to Everybody"] };

    /// <summary>Scheme, secret, signed time, headers, body.</summary>
    public static TheoryData<string, string, long, string, string> Vectors => new()
    {
        // docs.github.com, "Validating webhook deliveries", "Testing the webhook payload validation"
        { "github", "It's a Secret to Everybody", 0, "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "Hello, World!" },

        // standard-webhooks/spec, the example of its libraries' tests
        {
            "standardWebhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330,
            "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek|webhook-timestamp: 1614265330|webhook-signature: v1a,xx v1,!! v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "{\"test\": 2432232314}"
        },

        // docs.slack.dev, "Verifying requests from Slack"
        {
            "slack", "8f742231b10e8888abcd99yyyzzz85a5", 1531420618,
            "X-Slack-Request-Timestamp: 1531420618|X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
            + "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
            + "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task Signature_OfTheSendersDocumentation_IsGoodAndAnyChangeIsNot(string scheme, string secret, long at, string headers, string body)
    {
        var signature = new SignatureConfig { Scheme = Enum.Parse<SignatureScheme>(scheme, ignoreCase: true), Secrets = ["c29tZXRoaW5n", secret] };
        signature = scheme == "standardWebhooks" ? signature with { Secrets = ["whsec_c29tZXRoaW5n", secret] } : signature;
        var time = new FakeTimeProvider(at == 0 ? DateTimeOffset.UtcNow : DateTimeOffset.FromUnixTimeSeconds(at).AddMinutes(4));
        await using var server = await StartAsync(new WebhookSourceConfig { Signature = signature }, time: time);

        var good = await SendAsync(server, body, headers);
        var changed = await SendAsync(server, body + " ", headers);
        var unsigned = await SendAsync(server, body, "");

        // Two of the documented bodies are signed well and no JSON: the signature comes first.
        Assert.Equal(body.StartsWith('{') ? HttpStatusCode.OK : HttpStatusCode.BadRequest, good.Status);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (changed.Status, unsigned.Status));
        if (at != 0)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            Assert.Contains("too far from now", (await SendAsync(server, body, headers)).Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("stripe")]
    [InlineData("shopify")]
    [InlineData("hmac")]
    public async Task Signature_MadeAsTheSenderSays_IsGoodAndAnyChangeIsNot(string scheme)
    {
        const string Body = """{"id":"evt_1","type":"charge.succeeded"}""";
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        var key = Encoding.UTF8.GetBytes("whsec_secret");
        var (headers, config) = scheme switch
        {
            "stripe" => (
                $"Stripe-Signature: t=1700000000,v1={new string('0', 64)},v1={Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("1700000000." + Body)))},v0=abc",
                new SignatureConfig { Scheme = SignatureScheme.Stripe, Secrets = ["whsec_secret"] }),
            "shopify" => (
                $"X-Shopify-Hmac-Sha256: {Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(Body)))}",
                new SignatureConfig { Scheme = SignatureScheme.Shopify, Secrets = ["whsec_secret"] }),
            _ => (
                $"X-Sig: v1:{Convert.ToBase64String(HMACSHA512.HashData(key, Encoding.UTF8.GetBytes(Body)))}",
                new SignatureConfig
                {
                    Scheme = SignatureScheme.Hmac, Secrets = ["whsec_secret"], Header = "X-Sig", Prefix = "v1:",
                    Algorithm = SignatureAlgorithm.Sha512, Encoding = SignatureEncoding.Base64,
                }),
        };
        await using var server = await StartAsync(new WebhookSourceConfig { Signature = config }, time: time);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, Body, headers)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, Body.Replace("evt_1", "evt_2", StringComparison.Ordinal), headers)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, Body, headers.Replace("=", "", StringComparison.Ordinal))).Status);
        Assert.Equal(scheme == "stripe" ? "charge.succeeded" : null, Assert.Single(server.Log.Stored).Type);
    }

    [Fact]
    public async Task Post_AnyJsonAndForms_AreStoredWithKeyTypeAndChosenHeaders()
    {
        await using var server = await StartAsync(
            new WebhookSourceConfig { Auth = WebhookSourceAuth.None, TypeHeader = "X-Event", KeepHeaders = ["X-Event", "X-None", "X-Long"] },
            source => source with { Key = "account.id, name" });

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "[1, 2]", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, """{"account":{"id":7},"name":"x"}""", $"X-Event: push|X-Long: {new string('y', 1500)}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "name=%C3%A4+b&list=1&list=2", "Content-Type: application/x-www-form-urlencoded; charset=utf-8")).Status);
        var refused = await SendAsync(server, "not json", "");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.StartsWith("""{"success":false,"message":"invalid JSON""", refused.Body, StringComparison.Ordinal);
        var stored = server.Log.Stored.ToArray();
        Assert.Equal(["[1, 2]", """{"account":{"id":7},"name":"x"}""", """{"name":"ä b","list":["1","2"]}"""], stored.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        Assert.Equal([null, "7", "ä b"], stored.Select(e => e.Key));
        Assert.Equal([null, "push", null], stored.Select(e => e.Type));
        Assert.Empty(stored[0].KeptHeaders);
        Assert.Equal([new("X-Event", "push"), new("X-Long", new string('y', 1024))], stored[1].KeptHeaders);
    }

    [Fact]
    public async Task Post_WithoutAndWithKeys_NeedsTheSourcesOwn()
    {
        await using var server = await StartAsync(new WebhookSourceConfig(), source => source with { WriteKey = "wk_hook" });

        (await SendAsync(server, "{}", "")).AssertError(HttpStatusCode.Unauthorized, "write key missing: send it as the user name of Basic authentication, or as ?writeKey=");
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, "{}", "", "?writeKey=wk_other")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "{}", "", "?writeKey=wk_hook")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "{}", "Authorization: Basic " + Convert.ToBase64String("wk_hook:"u8))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, "{}", "Authorization: Basic " + Convert.ToBase64String("wk_other:"u8))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, "{}", "", name: "other")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, "{}", "", name: "nobody")).Status);
        Assert.Equal(2, server.Log.Stored.Count);
    }

    [Fact]
    public async Task Challenges_OfTheCommonSenders_AreAnsweredAndNotStored()
    {
        await using var server = await StartAsync(new WebhookSourceConfig { Auth = WebhookSourceAuth.None, VerifyToken = "meatyhamhock" });

        // docs.slack.dev, "url_verification"
        var slack = await SendAsync(server, """{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}""", "");
        Assert.Equal("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", slack.Body);

        // learn.microsoft.com, "Endpoint validation with Event Grid event schema"
        var grid = await SendAsync(
            server,
            """[{"id":"2d1781af","topic":"/s","subject":"","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent"}]""",
            "aeg-event-type: SubscriptionValidation");
        Assert.Equal("""{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}""", grid.Body);

        // learn.microsoft.com, "Receive change notifications through webhooks": decoded, as plain text
        var graph = await SendAsync(server, "", "", "?validationToken=Validation%3a+Testing+client+%26+more");
        Assert.Equal(("Validation: Testing client & more", "text/plain"), (graph.Body, graph.Headers["Content-Type"]));

        // developers.facebook.com, "Getting started": GET
        var meta = await server.Client.GetAsync(new Uri("/webhook/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("1158201444", await meta.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var stranger = await server.Client.GetAsync(new Uri("/webhook/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task Post_DeliveryIds_AreRepeatKeysWhereDeduplicationIsOn()
    {
        await using var server = await StartAsync(
            new WebhookSourceConfig { Signature = GitHub },
            source => source with { Deduplicate = new DeduplicateConfig { Window = TimeSpan.FromHours(2) } });
        const string Body = """{"action":"opened"}""";
        var headers = $"X-Hub-Signature-256: sha256={Hex(HMACSHA256.HashData("It's a Secret to Everybody"u8, Encoding.UTF8.GetBytes(Body)))}|X-GitHub-Event: issues|X-GitHub-Delivery: ";

        await SendAsync(server, Body, headers + "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        await SendAsync(server, Body, headers + "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        await SendAsync(server, Body, headers + "another");

        var stored = server.Log.Stored.ToArray();
        Assert.Equal(stored[0].RepeatKey!.Value.Id, stored[1].RepeatKey!.Value.Id);
        Assert.NotEqual(stored[0].RepeatKey!.Value.Id, stored[2].RepeatKey!.Value.Id);
        Assert.InRange(stored[0].RepeatKey!.Value.Until - stored[0].ReceivedAt, TimeSpan.FromHours(2), TimeSpan.FromHours(2));
        Assert.Equal("issues", stored[0].Type);
    }

    [Fact]
    public async Task Post_UnsignedFlood_LeavesTheRateLimitToTheSender()
    {
        await using var server = await StartAsync(
            new WebhookSourceConfig { Signature = GitHub }, source => source with { RateLimit = new RateLimit(1, TimeSpan.FromMinutes(1)) }, new FakeTimeProvider(DateTimeOffset.UtcNow));
        var signed = $"X-Hub-Signature-256: sha256={Hex(HMACSHA256.HashData("It's a Secret to Everybody"u8, "{}"u8))}";

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, "{}", "")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "{}", signed)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync(server, "{}", signed)).Status);
    }

    [Theory]
    [InlineData("A=1&a=2&A=3", """{"A":["1","3"],"a":"2"}""")]
    [InlineData("a", """{"a":""}""")]
    [InlineData("", "{}")]
    [InlineData("&&a=&=b&", """{"a":"","":"b"}""")]
    [InlineData("a=1=2&b=%", """{"a":"1=2","b":"%"}""")]
    [InlineData("a=%4&b=%zz%41+%2B", """{"a":"%4","b":"%zzA +"}""")]
    [InlineData("a=%C3%A4ä%F0%9F%98%80", """{"a":"ää😀"}""")]
    [InlineData("%22=%5C%00", """{"\"":"\\\u0000"}""")]
    public async Task Post_Forms_AreStoredAsTheyWereSent(string form, string expected)
    {
        await using var server = await StartAsync(new WebhookSourceConfig { Auth = WebhookSourceAuth.None });

        var answer = await SendAsync(server, form, "Content-Type: application/x-www-form-urlencoded");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(expected, Encoding.UTF8.GetString(Assert.Single(server.Log.Stored).Body.Span));
    }

    [Theory]
    [InlineData("a=%FF", 400, "the form is not valid UTF-8")]
    [InlineData("%ED%A0%80=1", 400, "the form is not valid UTF-8")]
    [InlineData("a=%C3&b=%A4", 400, "the form is not valid UTF-8")]
    public async Task Post_FormsThatAreNoText_AreRefused(string form, int status, string message)
    {
        await using var server = await StartAsync(new WebhookSourceConfig { Auth = WebhookSourceAuth.None });

        (await SendAsync(server, form, "Content-Type: application/x-www-form-urlencoded")).AssertError((HttpStatusCode)status, message);

        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task Post_FormsThatGrow_AreBounded()
    {
        await using var server = await StartAsync(new WebhookSourceConfig { Auth = WebhookSourceAuth.None }, maxBody: 20_000);
        const string Type = "Content-Type: application/x-www-form-urlencoded";
        var taken = 0L;
        server.Log.BeforeAppend = () =>
        {
            taken = server.Endpoint.Receiving.Taken;
            return Task.CompletedTask;
        };

        var umlauts = await SendAsync(server, "x=" + new string('ä', 9_900), Type);
        var controls = await SendAsync(server, "x=" + new string('\u0001', 5_000), Type);
        var fields = await SendAsync(server, string.Concat(Enumerable.Repeat("a&", 2_000)), Type);

        Assert.Equal((HttpStatusCode.OK, 19_808), (umlauts.Status, Assert.Single(server.Log.Stored).Body.Length));
        Assert.InRange(taken, 3 * 19_800, 4 * 19_900);
        controls.AssertError(HttpStatusCode.RequestEntityTooLarge, "the body is larger than 20000 bytes");
        fields.AssertError(HttpStatusCode.RequestEntityTooLarge, "the form has more than 1024 fields");
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Post_FormOfSeveralParts_IsRefusedInClearWords()
    {
        await using var server = await StartAsync(new WebhookSourceConfig { Auth = WebhookSourceAuth.None });

        var answer = await SendAsync(server, "--x\r\n\r\n--x--", "Content-Type: multipart/form-data; boundary=x");

        answer.AssertError(HttpStatusCode.UnsupportedMediaType, "multipart/form-data is not taken: send JSON or application/x-www-form-urlencoded");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static Task<GatewayServer> StartAsync(WebhookSourceConfig webhook, Func<SourceConfig, SourceConfig>? change = null, TimeProvider? time = null, int maxBody = 4 << 20) => GatewayServer.StartAsync(
        new PostriderConfig
        {
            Gateway = new GatewayConfig { MaxBodySize = new ByteSize(maxBody) },
            Sources = new Dictionary<string, SourceConfig>
            {
                ["hook"] = (change ?? (source => source))(new SourceConfig { Name = "hook", Webhook = webhook }),
                ["other"] = new() { Name = "other", WriteKey = "wk_other" },
            },
        },
        time);

    private static async Task<Answer> SendAsync(GatewayServer server, string body, string headers, string query = "", string name = "hook")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhook/{name}{query}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        foreach (var header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (!request.Headers.TryAddWithoutValidation(key, value))
            {
                request.Content.Headers.TryAddWithoutValidation(key, value);
            }
        }

        return await server.SendAsync(request);
    }
}
