using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookOAuth2Tests
{
    private const string ClientSecret = "planted &secret";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentDictionary<string, bool> _revoked = new();
    private int _issued;

    [Theory]
    [InlineData(OAuth2ClientAuth.Basic, "grant_type=client_credentials&scope=a%3Aread+b&audience=https%3A%2F%2Fapi", "Basic bXkraWQ6cGxhbnRlZCslMjZzZWNyZXQ=")]
    [InlineData(OAuth2ClientAuth.Body, "grant_type=client_credentials&scope=a%3Aread+b&audience=https%3A%2F%2Fapi&client_id=my+id&client_secret=planted+%26secret", null)]
    public async Task DeliverAsync_FirstEvent_FetchesATokenAsTheRfcHasIt(OAuth2ClientAuth clientAuth, string form, string? authorization)
    {
        await using var tokens = await TokenServerAsync();
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens, clientAuth);

        await destination.DeliverOneAsync();
        await destination.DeliverOneAsync();

        var request = Assert.Single(tokens.Requests);
        Assert.Equal(("POST", form), (request.Method, Encoding.UTF8.GetString(request.Body)));
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(authorization, request.Headers.GetValueOrDefault("Authorization"));
        Assert.Equal(["Bearer t1", "Bearer t1"], receiver.Requests.Select(each => each.Headers["Authorization"]));
    }

    [Fact]
    public async Task DeliverAsync_FiftyAtOnceWithoutAToken_FetchOne()
    {
        var arrived = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        await using var tokens = await TokenServerAsync(before: () =>
        {
            arrived.TrySetResult();
            return mayAnswer.Task;
        });
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);

        var deliveries = Enumerable.Range(0, 50).Select(_ => destination.DeliverOneAsync()).ToArray();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        mayAnswer.SetResult();
        var results = await Task.WhenAll(deliveries);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Single(tokens.Requests);
        Assert.Equal(50, receiver.Requests.Count);
    }

    [Fact]
    public async Task DeliverAsync_TokenIsRevoked_FiftyAtOnceRenewItOnceAndAreDelivered()
    {
        await using var tokens = await TokenServerAsync();
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);
        await destination.DeliverOneAsync();
        _revoked["Bearer t1"] = true;

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => destination.DeliverOneAsync()));

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(2, tokens.Requests.Count);
        Assert.Equal(51, receiver.Requests.Count(request => !_revoked.ContainsKey(request.Headers["Authorization"]) || request == receiver.Requests[0]));
    }

    [Fact]
    public async Task DeliverAsync_ReceiverRefusesEveryToken_RepeatsOnceAndSparesTheTokenServer()
    {
        await using var tokens = await TokenServerAsync();
        await using var receiver = await WebhookReceiver.StartAsync(401);
        await using var destination = Destination(receiver, tokens);

        var first = await destination.DeliverOneAsync();
        var afterFirst = (receiver.Requests.Count, tokens.Requests.Count);
        var second = await destination.DeliverOneAsync();
        var afterSecond = (receiver.Requests.Count, tokens.Requests.Count);
        _time.Advance(OAuth2Tokens.RenewalInterval);
        await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Rejected, 401), (first.Outcome, first.Status));
        Assert.Equal((DeliveryOutcome.Rejected, 401), (second.Outcome, second.Status));
        Assert.Equal((2, 2), afterFirst);
        Assert.Equal((3, 2), afterSecond);
        Assert.Equal((5, 3), (receiver.Requests.Count, tokens.Requests.Count));
    }

    [Fact]
    public async Task DeliverAsync_TokenGrowsOld_IsRenewedInTheBackground()
    {
        var answered = new SemaphoreSlim(0);
        await using var tokens = await TokenServerAsync(after: () => answered.Release());
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);
        await destination.DeliverOneAsync();
        await answered.WaitAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(79));
        await destination.DeliverOneAsync();
        var before = tokens.Requests.Count;
        _time.Advance(TimeSpan.FromSeconds(2));
        await destination.DeliverOneAsync();
        await answered.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, 2), (before, tokens.Requests.Count));
        Assert.Equal(["Bearer t1", "Bearer t1", "Bearer t1"], receiver.Requests.Select(request => request.Headers["Authorization"]));
    }

    [Fact]
    public async Task DeliverAsync_EveryConnectionToTheHostIsInUse_ATokenIsRenewedAllTheSame()
    {
        var held = new TaskCompletionSource();
        var holding = new TaskCompletionSource();
        var issued = new SemaphoreSlim(0);
        await using var host = await WebhookReceiver.StartAsync(async context =>
        {
            if (context.Request.Path == "/token")
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync($$"""{"access_token":"t{{Interlocked.Increment(ref _issued)}}","token_type":"Bearer","expires_in":100}""");
                issued.Release();
                return;
            }

            if (_issued == 1 && context.Request.Headers["webhook-id"] == "slow")
            {
                holding.SetResult();
                await held.Task;
            }
        });
        var config = TestDestinations.ConfigOf(SettingsOf(host, host)) with { Concurrency = 1 };
        await using var destination = new WebhookDestinationFactory(_time).Create(config);
        await destination.DeliverOneAsync();
        await issued.WaitAsync(TestContext.Current.CancellationToken);
        var slow = destination.DeliverOneAsync(Attempts.Of(id: "slow"));
        await holding.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(81));
        var next = destination.DeliverOneAsync();

        Assert.True(await issued.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        held.SetResult();
        await Task.WhenAll(slow, next);
    }

    [Fact]
    public async Task Dispose_Twice_IsOnce()
    {
        await using var tokens = await TokenServerAsync();
        await using var receiver = await ReceiverAsync();
        var destination = Destination(receiver, tokens);
        await destination.DeliverOneAsync();

        await destination.DisposeAsync();
        await destination.DisposeAsync();

        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task DeliverAsync_TokenHasExpired_WaitsForANewOne()
    {
        await using var tokens = await TokenServerAsync();
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);
        await destination.DeliverOneAsync();

        _time.Advance(TimeSpan.FromSeconds(91));
        await destination.DeliverOneAsync();

        Assert.Equal(["Bearer t1", "Bearer t2"], receiver.Requests.Select(request => request.Headers["Authorization"]));
    }

    [Fact]
    public async Task DeliverAsync_TokenServerIsDown_IsARetryAndAsksAtGrowingIntervals()
    {
        var status = 503;
        await using var tokens = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return status == 200 ? context.Response.WriteAsync("""{"access_token":"t1","token_type":"bearer"}""") : Task.CompletedTask;
        });
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);
        List<int> asked = [];
        List<double?> waits = [];
        for (var i = 0; i < 4; i++)
        {
            waits.Add((await destination.DeliverOneAsync()).RetryAfter?.TotalSeconds);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => destination.DeliverOneAsync()));
            asked.Add(tokens.Requests.Count);
            _time.Advance(TimeSpan.FromSeconds(Math.Pow(2, i)));
        }

        status = 200;
        var cured = await destination.DeliverOneAsync();

        Assert.Equal([1, 2, 3, 4], asked);
        Assert.Equal([1, 2, 4, 8], waits);
        Assert.Equal(DeliveryOutcome.Delivered, cured.Outcome);
        Assert.Single(receiver.Requests);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_client","error_description":"planted"}""", "answered 400 (invalid_client)", "auth")]
    [InlineData(400, """{"error":"unauthorized_client"}""", "answered 400 (unauthorized_client)", "auth")]
    [InlineData(401, "planted", "answered 401", "auth")]
    [InlineData(400, """{"error":"invalid_request"}""", "answered 400 (invalid_request)")]
    [InlineData(500, """{"error":"planted with spaces"}""", "answered 500")]
    [InlineData(302, "", "answered 302")]
    [InlineData(200, "planted", "not JSON")]
    [InlineData(200, """["planted"]""", "without a usable access_token")]
    [InlineData(200, """{"access_token":"planted\r\nX-Evil: 1"}""", "without a usable access_token")]
    [InlineData(200, """{"access_token":""}""", "without a usable access_token")]
    [InlineData(200, """{"access_token":"planted","token_type":"mac"}""", "other than Bearer")]
    public async Task DeliverAsync_NoToken_SaysWhyAndSendsNothing(int status, string answer, string part, string errorClass = "token")
    {
        await using var tokens = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(answer);
        });
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Retry, errorClass, null), (result.Outcome, result.ErrorClass, result.Status));
        Assert.StartsWith("no access token: 127.0.0.1:", result.Reason, StringComparison.Ordinal);
        Assert.Contains(part, result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", result.Reason, StringComparison.Ordinal);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task DeliverAsync_OneOfThoseWhoWaitIsCutOff_TheOthersGetTheToken()
    {
        var arrived = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        await using var tokens = await TokenServerAsync(before: () =>
        {
            arrived.TrySetResult();
            return mayAnswer.Task;
        });
        await using var receiver = await ReceiverAsync();
        await using var destination = Destination(receiver, tokens);
        using var deadline = new CancellationTokenSource();

        var first = destination.DeliverOneAsync(cancellationToken: deadline.Token);
        var second = destination.DeliverOneAsync();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        mayAnswer.SetResult();

        Assert.Equal(DeliveryOutcome.Delivered, (await second).Outcome);
        Assert.Single(tokens.Requests);
    }

    [Fact]
    public async Task DeliverAsync_TokenServerAtAPrivateAddress_IsBlockedAsAnyOther()
    {
        var settings = new WebhookSettings
        {
            Url = "https://crm.example.com/",
            Auth = new AuthSettings { Oauth2 = new OAuth2Settings { TokenUrl = "http://10.0.0.1/token", ClientId = "a", ClientSecret = ClientSecret } },
        };
        await using var destination = TestDestinations.Of(settings);

        var result = await destination.DeliverOneAsync();
        var check = await new WebhookDestinationFactory(TimeProvider.System, (_, _) => Task.FromResult<System.Net.IPAddress[]>([System.Net.IPAddress.Parse("93.184.216.34")]))
            .CheckAsync(TestDestinations.ConfigOf(settings), TestContext.Current.CancellationToken);

        Assert.Equal((DeliveryOutcome.Retry, "token"), (result.Outcome, result.ErrorClass));
        Assert.Contains("10.0.0.1 is private", result.Reason, StringComparison.Ordinal);
        Assert.Contains("10.0.0.1 is private", check, StringComparison.Ordinal);
    }

    // Tokens t1, t2, … that live 100 s by the test's clock: due for renewal after 80, unused after 90.
    private Task<WebhookReceiver> TokenServerAsync(Func<Task>? before = null, Action? after = null) => WebhookReceiver.StartAsync(async context =>
    {
        if (before is not null)
        {
            await before();
        }

        context.Response.ContentType = "application/json";
        context.Response.OnCompleted(() =>
        {
            after?.Invoke();
            return Task.CompletedTask;
        });
        await context.Response.WriteAsync($$"""{"access_token":"t{{Interlocked.Increment(ref _issued)}}","token_type":"Bearer","expires_in":100}""");
    });

    private Task<WebhookReceiver> ReceiverAsync() => WebhookReceiver.StartAsync(context =>
    {
        context.Response.StatusCode = _revoked.ContainsKey(context.Request.Headers.Authorization.ToString()) ? 401 : 200;
        return Task.CompletedTask;
    });

    private IDestination Destination(WebhookReceiver receiver, WebhookReceiver tokens, OAuth2ClientAuth clientAuth = OAuth2ClientAuth.Basic) =>
        TestDestinations.Of(SettingsOf(receiver, tokens, clientAuth), _time);

    private static WebhookSettings SettingsOf(WebhookReceiver receiver, WebhookReceiver tokens, OAuth2ClientAuth clientAuth = OAuth2ClientAuth.Basic) => new()
    {
        Url = receiver.Url,
        AllowPrivateNetwork = true,
        Auth = new AuthSettings
        {
            Oauth2 = new OAuth2Settings
            {
                TokenUrl = new Uri(new Uri(tokens.Url), "/token").ToString(), ClientId = "my id", ClientSecret = ClientSecret, Scopes = ["a:read", "b"], Audience = "https://api", ClientAuth = clientAuth,
            },
        },
    };
}
