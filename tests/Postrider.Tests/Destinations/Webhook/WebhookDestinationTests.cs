using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookDestinationTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task DeliverAsync_SignedEvent_SendsWhatStandardWebhooksPublishes()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var settings = new WebhookSettings { Url = receiver.Url + "/a/b?c=d", Secret = Secret, AllowPrivateNetwork = true };
        await using var destination = TestDestinations.Of(settings, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1614265330)));

        var result = await destination.DeliverOneAsync(Attempts.Of("{\"test\": 2432232314}", "msg_p5jXN8AQM9LWM0D4loKWxJek", attempt: 3, position: 42));

        var request = Assert.Single(receiver.Requests);
        Assert.Equal((DeliveryOutcome.Delivered, 200), (result.Outcome, result.Status));
        Assert.Equal(("POST", "/a/b?c=d"), (request.Method, request.Target));
        Assert.Equal("{\"test\": 2432232314}", Encoding.UTF8.GetString(request.Body));
        Assert.Equal("application/json", request.Headers["content-type"]);
        Assert.Equal("Postrider/0.1.0", request.Headers["user-agent"]);
        Assert.Equal("msg_p5jXN8AQM9LWM0D4loKWxJek", request.Headers["webhook-id"]);
        Assert.Equal("1614265330", request.Headers["webhook-timestamp"]);
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", request.Headers["webhook-signature"]);
        Assert.Equal("3", request.Headers["postrider-attempt"]);
        Assert.Equal("42", request.Headers["postrider-sequence"]);
        Assert.Equal("20", request.Headers["content-length"]);
        Assert.Equal(
            ["Content-Length", "Content-Type", "Host", "User-Agent", "postrider-attempt", "postrider-sequence", "webhook-id", "webhook-signature", "webhook-timestamp"],
            request.Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task DeliverAsync_NoSecret_SendsNoSignature()
    {
        await using var receiver = await WebhookReceiver.StartAsync(204);
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        var request = Assert.Single(receiver.Requests);
        Assert.Equal((DeliveryOutcome.Delivered, 204), (result.Outcome, result.Status));
        Assert.DoesNotContain("webhook-signature", request.Headers.Keys);
        Assert.Equal("evt_testlog-0-0-7", request.Headers["webhook-id"]);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData(null, false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Evil: 1", false)]
    [InlineData("something else", false)]
    public async Task DeliverAsync_TraceParent_IsPassedOnIfItIsOne(string? traceParent, bool expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.To(receiver.Url);

        await destination.DeliverOneAsync(Attempts.Of(traceParent: traceParent));

        var headers = Assert.Single(receiver.Requests).Headers;
        Assert.Equal(expected ? traceParent : null, headers.GetValueOrDefault("traceparent"));
        Assert.DoesNotContain("X-Evil", headers.Keys);
    }

    [Fact]
    public async Task DeliverAsync_CustomHeaders_AddsAndOverrides()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var headers = new Dictionary<string, string>
        {
            ["authorization"] = "Bearer abc, def",
            ["X-Empty"] = "",
            ["CONTENT-TYPE"] = "application/cloudevents+json",
            ["user-agent"] = "mine",
            ["Content-Language"] = "en",
        };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Headers = headers, AllowNetworks = ["127.0.0.1/32"] });

        await destination.DeliverOneAsync();

        var sent = Assert.Single(receiver.Requests).Headers;
        Assert.Equal("Bearer abc, def", sent["Authorization"]);
        Assert.Equal("", sent["X-Empty"]);
        Assert.Equal("application/cloudevents+json", sent["Content-Type"]);
        Assert.Equal("mine", sent["User-Agent"]);
        Assert.Equal("en", sent["Content-Language"]);
    }

    [Theory]
    [InlineData(200, DeliveryOutcome.Delivered)]
    [InlineData(201, DeliveryOutcome.Delivered)]
    [InlineData(299, DeliveryOutcome.Delivered)]
    [InlineData(300, DeliveryOutcome.Rejected)]
    [InlineData(304, DeliveryOutcome.Rejected)]
    [InlineData(400, DeliveryOutcome.Rejected)]
    [InlineData(401, DeliveryOutcome.Rejected)]
    [InlineData(404, DeliveryOutcome.Rejected)]
    [InlineData(408, DeliveryOutcome.Retry)]
    [InlineData(409, DeliveryOutcome.Rejected)]
    [InlineData(410, DeliveryOutcome.Rejected)]
    [InlineData(413, DeliveryOutcome.Rejected)]
    [InlineData(424, DeliveryOutcome.Rejected)]
    [InlineData(425, DeliveryOutcome.Retry)]
    [InlineData(426, DeliveryOutcome.Rejected)]
    [InlineData(429, DeliveryOutcome.Retry)]
    [InlineData(499, DeliveryOutcome.Rejected)]
    [InlineData(500, DeliveryOutcome.Retry)]
    [InlineData(501, DeliveryOutcome.Retry)]
    [InlineData(503, DeliveryOutcome.Retry)]
    [InlineData(599, DeliveryOutcome.Retry)]
    [InlineData(600, DeliveryOutcome.Retry)]
    public async Task DeliverAsync_Status_DecidesTheOutcome(int status, DeliveryOutcome expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync(status);
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        Assert.Equal((expected, status), (result.Outcome, result.Status));
        Assert.Equal(expected == DeliveryOutcome.Delivered ? null : "status", result.ErrorClass);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task DeliverAsync_Redirect_IsRejectedAndNotFollowed(int status)
    {
        await using var elsewhere = await WebhookReceiver.StartAsync(200);
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Rejected, status), (result.Outcome, result.Status));
        Assert.Equal($"answered {status}; redirects are not followed", result.Reason);
        Assert.Empty(elsewhere.Requests);
        Assert.Single(receiver.Requests);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData(" 5 ", 5)]
    [InlineData("99999999999999999999", 31536000)]
    [InlineData("Mon, 04 May 2026 12:01:30 GMT", 90)]
    [InlineData("Monday, 04-May-26 12:01:30 GMT", 90)]
    [InlineData("Mon May  4 12:01:30 2026", 90)]
    [InlineData("Mon, 04 May 2026 12:00:00 GMT", 0)]
    [InlineData("Mon, 04 May 2026 11:59:59 GMT", null)]
    [InlineData("-5", null)]
    [InlineData("1.5", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public async Task DeliverAsync_RetryAfter_IsReadInBothForms(string? header, int? expectedSeconds)
    {
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        await using var destination = TestDestinations.To(receiver.Url, new FakeTimeProvider(Noon));

        var result = await destination.DeliverOneAsync();

        Assert.Equal(expectedSeconds, result.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task DeliverAsync_FailureWithALongAnswer_KeepsItsFirstKibibyte()
    {
        var text = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i:0000}|"));
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = 422;
            return context.Response.WriteAsync(text);
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        Assert.Equal(text[..1024], Encoding.ASCII.GetString(result.Answer.Span));
    }

    [Theory]
    [InlineData(200, 10)]
    [InlineData(200, 60_000)]
    [InlineData(500, 10)]
    [InlineData(500, 60_000)]
    [InlineData(404, 0)]
    public async Task DeliverAsync_OneAfterTheOther_ReusesTheConnection(int status, int answerBytes)
    {
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.Body.WriteAsync(new byte[answerBytes]).AsTask();
        });
        await using var destination = TestDestinations.To(receiver.Url);

        for (var i = 0; i < 5; i++)
        {
            await destination.DeliverOneAsync();
        }

        Assert.Equal(5, receiver.Requests.Count);
        Assert.Equal(1, receiver.Connections);
    }

    [Fact]
    public async Task DeliverAsync_HangingReceiver_EndsWithTheCallersToken()
    {
        var entered = new TaskCompletionSource();
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            entered.SetResult();
            return new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        });
        await using var destination = TestDestinations.To(receiver.Url);
        using var deadline = new CancellationTokenSource();

        var delivery = destination.DeliverOneAsync(cancellationToken: deadline.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DeliverAsync_MoreThanOneEvent_IsRefused()
    {
        await using var destination = TestDestinations.To("http://127.0.0.1:1/");

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            destination.DeliverAsync([Attempts.Of(), Attempts.Of()], TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(1, destination.MaxBatch);
    }
}
