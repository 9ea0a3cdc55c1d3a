using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookBatchTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    // 100 bytes.
    private static readonly string Hundred = $"\"{new string('x', 98)}\"";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BatchFormat.Json, BatchItems.Envelope, "application/json", """[{"id":"e1","sequence":1,"event":{"a":<1}},{"id":"e2","sequence":2,"event":"b"}]""")]
    [InlineData(BatchFormat.Json, BatchItems.Event, "application/json", """[{"a":<1},"b"]""")]
    [InlineData(BatchFormat.Ndjson, BatchItems.Envelope, "application/x-ndjson", "{\"id\":\"e1\",\"sequence\":1,\"event\":{\"a\": 1}}\n{\"id\":\"e2\",\"sequence\":2,\"event\":\"b\"}\n")]
    [InlineData(BatchFormat.Ndjson, BatchItems.Event, "application/x-ndjson", "{\"a\": 1}\n\"b\"\n")]
    public async Task DeliverAsync_Batch_SendsOneSignedRequest(BatchFormat format, BatchItems items, string type, string body)
    {
        await using var receiver = await WebhookReceiver.StartAsync(202);
        await using var destination = Destination(receiver, new WebhookBatchSettings { Format = format, Items = items });
        DeliveryAttempt[] batch = [Attempts.Of("{\"a\":\n1}", "e1", position: 1), Attempts.Of("\"b\"", "e2", position: 2)];

        var results = await destination.DeliverAsync(batch, Token);
        await destination.DeliverAsync(batch, Token);
        await destination.DeliverAsync([batch[1], batch[0]], Token);

        Assert.All(results, result => Assert.Equal((DeliveryOutcome.Delivered, 202), (result.Outcome, result.Status)));
        Assert.Equal(2, results.Count);
        var request = receiver.Requests[0];
        Assert.Equal(body.Replace("<", "\n", StringComparison.Ordinal), Encoding.UTF8.GetString(request.Body));
        Assert.Equal((type, "2", "1"), (request.Headers["Content-Type"], request.Headers["postrider-batch"], request.Headers["postrider-attempt"]));
        Assert.DoesNotContain("postrider-sequence", request.Headers.Keys);
        var ids = receiver.Requests.Select(each => each.Headers["webhook-id"]).ToArray();
        Assert.Matches("^bat_[0-9a-f]{32}$", ids[0]);
        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{ids[0]}.{request.Headers["webhook-timestamp"]}."), .. request.Body];
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret["whsec_".Length..]), signed)), request.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Limits_FromTheSettings_AreTheDestinations()
    {
        var settings = new WebhookBatchSettings { MaxEvents = 5, MaxBytes = new(2048), MaxWait = TimeSpan.FromSeconds(3) };
        await using var batching = TestDestinations.Of(new WebhookSettings { Url = "http://127.0.0.1/", Batch = settings });
        await using var single = TestDestinations.To("http://127.0.0.1/");

        Assert.Equal((5, 2048, TimeSpan.FromSeconds(3)), (batching.MaxBatch, batching.MaxBatchBytes, batching.BatchWait));
        Assert.Equal((1, TimeSpan.Zero), (single.MaxBatch, single.BatchWait));
    }

    [Fact]
    public async Task DeliverAsync_BatchAndOneBadEvent_FindsItAndDeliversTheOthers()
    {
        await using var receiver = await RefusesAsync("bad", 422);
        await using var destination = Destination(receiver);
        var batch = BatchOf(64, i => i == 37 ? "\"bad\"" : "1");

        var results = await destination.DeliverAsync(batch, Token);

        Assert.Equal((DeliveryOutcome.Rejected, 422, "not bad"), (results[37].Outcome, results[37].Status, Encoding.UTF8.GetString(results[37].Answer.Span)));
        Assert.Equal(63, results.Count(result => result.Outcome == DeliveryOutcome.Delivered));
        Assert.InRange(receiver.Requests.Count, 2, 13);
    }

    [Fact]
    public async Task DeliverAsync_BadEventWithOthersOfItsKeyBehind_DoesNotTryThose()
    {
        await using var receiver = await RefusesAsync("bad", 400);
        await using var destination = Destination(receiver);
        var batch = BatchOf(8, i => i == 2 ? "\"bad\"" : $"{i}", i => i % 2 == 0 ? "even" : "odd");

        var results = await destination.DeliverAsync(batch, Token);

        Assert.Equal("DDRDNDND", string.Concat(results.Select(result => result.Outcome.ToString()[0])));
        var tookAlone = receiver.Requests.Where(request => !Encoding.UTF8.GetString(request.Body).Contains("bad", StringComparison.Ordinal)).SelectMany(IdsOf);
        Assert.Equal(["e0", "e1", "e3", "e5", "e7"], tookAlone);
    }

    [Fact]
    public async Task DeliverAsync_EveryEventIsBad_EndsWithinItsBound()
    {
        await using var receiver = await WebhookReceiver.StartAsync(400);
        await using var destination = Destination(receiver);

        var results = await destination.DeliverAsync(BatchOf(100, _ => "1"), Token);

        Assert.Equal(32, receiver.Requests.Count);
        Assert.All(results, result => Assert.True(result.Outcome is DeliveryOutcome.Rejected or DeliveryOutcome.NotAttempted));
        Assert.Contains(results, result => result.Outcome == DeliveryOutcome.Rejected);
    }

    [Fact]
    public async Task DeliverAsync_BatchIsTooLarge_SendsHalvesAndFromThenOnWhatWasTaken()
    {
        await using var receiver = await TakesAsync(() => 1500);
        await using var destination = Destination(receiver, new WebhookBatchSettings { Items = BatchItems.Event, MaxEvents = 40 });

        var results = await destination.DeliverAsync(BatchOf(40, _ => Hundred), Token);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal((10, 1000L), (destination.MaxBatch, destination.MaxBatchBytes));
        Assert.Equal(["40", "20", "10", "10", "20", "10", "10"], receiver.Requests.Select(request => request.Headers["postrider-batch"]));
    }

    [Fact]
    public async Task DeliverAsync_OneEventIsTooLargeByItself_LaterBatchesAreAsLargeAsBefore()
    {
        await using var receiver = await TakesAsync(() => 15_000);
        await using var destination = Destination(receiver, new WebhookBatchSettings { Items = BatchItems.Event, MaxEvents = 50 });

        var results = await destination.DeliverAsync(BatchOf(50, i => i == 33 ? $"\"{new string('x', 16_000)}\"" : Hundred), Token);

        Assert.Equal((DeliveryOutcome.Rejected, 413), (results[33].Outcome, results[33].Status));
        Assert.Equal(49, results.Count(result => result.Outcome == DeliveryOutcome.Delivered));
        Assert.Equal((50, 1L << 20), (destination.MaxBatch, destination.MaxBatchBytes));
    }

    [Fact]
    public async Task DeliverAsync_ReceiverTakesMoreAgain_BatchesGrowBackToTheSettings()
    {
        var limit = 1500;
        await using var receiver = await TakesAsync(() => limit);
        await using var destination = Destination(receiver, new WebhookBatchSettings { Items = BatchItems.Event, MaxEvents = 40, MaxBytes = new(4000) });
        await destination.DeliverAsync(BatchOf(40, _ => Hundred), Token);
        Assert.Equal(10, destination.MaxBatch);

        limit = int.MaxValue;
        var batches = 0;
        for (; destination.MaxBatch < 40 || destination.MaxBatchBytes < 4000; batches++)
        {
            Assert.InRange(batches, 0, 1000);
            await destination.DeliverAsync(BatchOf(destination.MaxBatch, _ => Hundred), Token);
        }

        Assert.InRange(batches, 50, 1000);
        Assert.Equal((40, 4000L), (destination.MaxBatch, destination.MaxBatchBytes));
    }

    [Fact]
    public async Task DeliverAsync_DeadlinePassesBetweenHalves_KeepsWhatIsKnown()
    {
        var reached = new TaskCompletionSource();
        WebhookReceiver? receiver = null;
        receiver = await WebhookReceiver.StartAsync(async context =>
        {
            var body = Encoding.UTF8.GetString(receiver!.Requests[^1].Body);
            var isBad = body.Contains("bad", StringComparison.Ordinal);
            if (!isBad && body.Contains("slow", StringComparison.Ordinal))
            {
                reached.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }

            context.Response.StatusCode = isBad ? 422 : 200;
        });
        await using var owned = receiver;
        await using var destination = Destination(receiver);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var batch = BatchOf(8, i => i == 3 ? "\"bad\"" : i is 4 or 6 ? "\"slow\"" : "1", i => i is 4 or 5 ? "a" : null);

        var delivering = destination.DeliverAsync(batch, deadline.Token).AsTask();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await deadline.CancelAsync();
        var results = await delivering;

        Assert.Equal("DDDRTNTT", Initials(results));
        Assert.Equal(("timeout", 422), (results[4].ErrorClass, results[3].Status));
    }

    [Fact]
    public async Task DeliverAsync_DeadlinePassesBeforeAnythingIsKnown_Ends()
    {
        var reached = new TaskCompletionSource();
        await using var receiver = await WebhookReceiver.StartAsync(async context =>
        {
            if (context.Request.Headers["postrider-batch"] == "8")
            {
                context.Response.StatusCode = 413;
                return;
            }

            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        await using var destination = Destination(receiver);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var delivering = destination.DeliverAsync(BatchOf(8, _ => "1"), deadline.Token).AsTask();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
        Assert.Equal(4, destination.MaxBatch);
    }

    [Theory]
    [InlineData(503, DeliveryOutcome.Retry)]
    [InlineData(429, DeliveryOutcome.Retry)]
    [InlineData(401, DeliveryOutcome.Rejected)]
    [InlineData(404, DeliveryOutcome.Rejected)]
    [InlineData(410, DeliveryOutcome.Rejected)]
    public async Task DeliverAsync_StatusOfTheWholeDestination_IsThatOfEachKeysFirst(int status, DeliveryOutcome outcome)
    {
        await using var receiver = await WebhookReceiver.StartAsync(status);
        await using var destination = Destination(receiver);

        var results = await destination.DeliverAsync(BatchOf(4, _ => "1", i => i < 2 ? "a" : null), Token);

        Assert.Equal([outcome, DeliveryOutcome.NotAttempted, outcome, outcome], results.Select(result => result.Outcome));
        Assert.Single(receiver.Requests);
    }

    [Theory]
    [InlineData(503, true)]
    [InlineData(404, true)]
    [InlineData(409, false)]
    public async Task DeliverAsync_StatusThatTheSettingsRead_DecidesWhoIsToBlame(int status, bool isRejectOn)
    {
        await using var receiver = await RefusesAsync("bad", status);
        var settings = SettingsOf(receiver, new WebhookBatchSettings());
        var config = TestDestinations.ConfigOf(settings) with { RejectOn = isRejectOn ? [status] : [], RetryOn = isRejectOn ? [] : [status] };
        await using var destination = new WebhookDestinationFactory().Create(config);

        var results = await destination.DeliverAsync(BatchOf(4, i => i == 1 ? "\"bad\"" : "1"), Token);

        Assert.Equal(isRejectOn ? 3 : 0, results.Count(result => result.Outcome == DeliveryOutcome.Delivered));
        Assert.Equal(status, results[1].Status);
    }

    [Theory]
    [InlineData("""{"results":[{"id":"e1","status":422,"message":"no"},{"id":"e3","status":503},{"id":"e4","status":201}]}""", "DRNTD")]
    [InlineData("""{"results":[{"index":1,"status":422},{"index":3,"status":503},{"index":99,"status":400},{"id":"x","status":400}]}""", "DRNTD")]
    [InlineData("""{"results":[]}""", "DDDDD")]
    [InlineData("""{"ok":true}""", "DDDDD")]
    [InlineData("""[1]""", "DDDDD")]
    [InlineData(" ", "DDDDD")]
    [InlineData("""{"results":[{"id":"e1","status":200},""", "TTNTT")]
    [InlineData("""{"results":{"e1":422}}""", "TTNTT")]
    [InlineData("""{"results":[{"id":"e1"}]}""", "TTNTT")]
    [InlineData("""{"results":[{"status":400}]}""", "TTNTT")]
    [InlineData("""{"results":[{"id":"e1","status":"422"}]}""", "TTNTT")]
    public async Task DeliverAsync_ResultsInTheAnswer_AreReadForEachEvent(string answer, string expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return context.Response.WriteAsync(answer);
        });
        await using var destination = Destination(receiver, new WebhookBatchSettings { Results = true });

        var results = await destination.DeliverAsync(BatchOf(5, _ => "1", i => i is 1 or 2 ? "a" : null), Token);

        Assert.Equal(expected, Initials(results));
        Assert.Single(receiver.Requests);
        if (expected[1] == 'R')
        {
            Assert.Equal(422, results[1].Status);
            Assert.Contains("422", Encoding.UTF8.GetString(results[1].Answer.Span), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DeliverAsync_ResultsWithoutEnd_AreARetry()
    {
        await using var receiver = await WebhookReceiver.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            for (var i = 0; i < 200; i++)
            {
                await context.Response.WriteAsync(new string(' ', 10_000));
            }
        });
        await using var destination = Destination(receiver, new WebhookBatchSettings { Results = true });

        var results = await destination.DeliverAsync(BatchOf(2, _ => "1"), Token);

        Assert.All(results, result => Assert.Equal((DeliveryOutcome.Retry, "protocol"), (result.Outcome, result.ErrorClass)));
    }

    [Fact]
    public void Validate_BadBatch_NamesTheMembers()
    {
        var settings = new WebhookSettings
        {
            Url = "https://example.com/{a}",
            EventHeaders = new Dictionary<string, string> { ["X-A"] = "{a}" },
            Batch = new WebhookBatchSettings { MaxWait = TimeSpan.FromMinutes(2), MaxBytes = new(10) },
        };

        Assert.Equal(["batch.maxWait", "batch.maxBytes", "batch", "batch"], SettingsErrors.Of(settings).Select(error => error.Member));
    }

    private static DeliveryAttempt[] BatchOf(int count, Func<int, string> body, Func<int, string?>? key = null) =>
        [.. Enumerable.Range(0, count).Select(i => Attempts.Of(body(i), $"e{i}", position: i + 1, key: key?.Invoke(i)))];

    // T: retry.
    private static string Initials(IReadOnlyList<DeliveryResult> results) =>
        string.Concat(results.Select(result => result.Outcome == DeliveryOutcome.Retry ? 'T' : result.Outcome.ToString()[0]));

    private static Task<WebhookReceiver> TakesAsync(Func<int> maxBytes) => WebhookReceiver.StartAsync(async context =>
    {
        context.Response.StatusCode = context.Request.Headers.ContentLength > maxBytes() ? 413 : 200;
        await context.Response.CompleteAsync();
    });

    private static IEnumerable<string> IdsOf(WebhookReceiver.Request request)
    {
        using var document = JsonDocument.Parse(request.Body);
        return [.. document.RootElement.EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];
    }

    private static Task<WebhookReceiver> RefusesAsync(string word, int status)
    {
        WebhookReceiver? receiver = null;
        return StartAsync();

        async Task<WebhookReceiver> StartAsync() => receiver = await WebhookReceiver.StartAsync(context =>
        {
            var isBad = Encoding.UTF8.GetString(receiver!.Requests[^1].Body).Contains(word, StringComparison.Ordinal);
            context.Response.StatusCode = isBad ? status : 200;
            return context.Response.WriteAsync($"not {word}");
        });
    }

    private static WebhookSettings SettingsOf(WebhookReceiver receiver, WebhookBatchSettings batch) =>
        new() { Url = receiver.Url, Secret = Secret, Batch = batch, AllowPrivateNetwork = true };

    private static IDestination Destination(WebhookReceiver receiver, WebhookBatchSettings? batch = null) =>
        TestDestinations.Of(SettingsOf(receiver, batch ?? new WebhookBatchSettings()));
}
