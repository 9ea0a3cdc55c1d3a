using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Requests are used again: nothing of one attempt may show in another.</summary>
public sealed class WebhookRequestReuseTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task DeliverAsync_AfterARicherAttempt_SendsOnlyItsOwn()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.To(receiver.Url);

        await destination.DeliverOneAsync(Attempts.Of(new string('1', 5000), "first", TraceParent, attempt: 9, position: 100));
        await destination.DeliverOneAsync(Attempts.Of("2", "second", attempt: 1, position: 101));

        var second = receiver.Requests[1];
        Assert.Equal("2", Encoding.UTF8.GetString(second.Body));
        Assert.Equal(("1", "second", "1", "101"), (second.Headers["content-length"], second.Headers["webhook-id"], second.Headers["postrider-attempt"], second.Headers["postrider-sequence"]));
        Assert.DoesNotContain("traceparent", second.Headers.Keys);
        Assert.Equal(TraceParent, receiver.Requests[0].Headers["traceparent"]);
    }

    [Fact]
    public async Task DeliverAsync_ManyAtOnceWithFailuresAmongThem_NeverMixesThem()
    {
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            // Every seventh connection dies under its request.
            if (int.Parse(context.Request.Headers["webhook-id"].ToString(), CultureInfo.InvariantCulture) % 7 == 0)
            {
                context.Abort();
            }

            return Task.CompletedTask;
        });
        var settings = new WebhookSettings { Url = receiver.Url, Secret = Secret, AllowPrivateNetwork = true };
        await using var destination = TestDestinations.Of(settings);

        var results = await Task.WhenAll(Enumerable.Range(0, 700).Select(i => destination.DeliverOneAsync(
            Attempts.Of($$"""{"id":"{{i}}","filling":"{{new string('x', i)}}"}""", $"{i}", position: i))));

        Assert.Equal(600, results.Count(result => result.Outcome == DeliveryOutcome.Delivered));
        Assert.Equal(100, results.Count(result => result.Outcome == DeliveryOutcome.Retry));
        Assert.Equal(700, receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count());
        Assert.All(receiver.Requests, AssertIsOfOnePiece);
    }

    private static void AssertIsOfOnePiece(WebhookReceiver.Request request)
    {
        var id = request.Headers["webhook-id"];
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{request.Headers["webhook-timestamp"]}."), .. request.Body];
        var key = Convert.FromBase64String(Secret["whsec_".Length..]);

        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(id, body.RootElement.GetProperty("id").GetString());
        Assert.Equal(id, request.Headers["postrider-sequence"]);
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)), request.Headers["webhook-signature"]);
    }
}
