using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations.Webhook;
using Postrider.Diagnostics;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Batches as delivery makes them, against a receiver that refuses some.</summary>
public sealed class WebhookBatchDeliveryTests : IAsyncDisposable
{
    private readonly MemoryLog _log = new();
    private DeliveryService? _service;

    public async ValueTask DisposeAsync() => await (_service?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory]
    [InlineData(400, false)]
    [InlineData(422, false)]
    [InlineData(413, false)]
    [InlineData(503, true)]
    public async Task Delivery_BadEventsInBatches_OnlyTheyBecomeDeadLettersAndOrderHolds(int status, bool isRejectOn)
    {
        var taken = new List<(string Key, long Sequence)>();
        WebhookReceiver? receiver = null;
        receiver = await WebhookReceiver.StartAsync(context => AnswerAsync(context, receiver!, taken, status));
        await using var owned = receiver;
        await StartAsync(receiver, config => config with { RejectOn = isRejectOn ? [status] : [] });

        await _log.AppendAsync([.. Enumerable.Range(0, 300).Select(i => MemoryLog.NewEvent($"u{i % 30}", $$"""{"key":"u{{i % 30}}","bad":{{(i % 50 == 7 ? "true" : "false")}}}"""))]);

        await Eventually.TrueAsync("all are settled", async () =>
        {
            var now = await StatusAsync();
            return now.Delivered + now.DeadLetters == 300 && _log.Store.DeadLettersOf("crm").Count == now.DeadLetters;
        });
        Assert.Equal([8, 58, 108, 158, 208, 258], _log.Store.DeadLettersOf("crm").Select(letter => letter.Position));
        Assert.All(taken.GroupBy(each => each.Key), key => Assert.Equal(key.Select(each => each.Sequence).Distinct().Order(), key.Select(each => each.Sequence).Distinct()));
        Assert.Equal(294, taken.Distinct().Count());
        Assert.Contains(receiver.Requests, request => int.Parse(request.Headers["postrider-batch"], System.Globalization.CultureInfo.InvariantCulture) > 1);
    }

    [Fact]
    public async Task Delivery_BatchIsAnswered410AndThatDisables_KeepsEveryEvent()
    {
        await using var receiver = await WebhookReceiver.StartAsync(410);
        await StartAsync(receiver, config => config with { On410 = On410.Disable });

        await _log.AppendAsync([.. Enumerable.Range(0, 50).Select(i => MemoryLog.NewEvent($"u{i}"))]);

        await Eventually.TrueAsync("it is disabled", async () => (await StatusAsync()).State == DestinationState.Disabled);
        Assert.Equal((0L, 0L), ((await StatusAsync()).DeadLetters, (await StatusAsync()).Delivered));
    }

    private static async Task AnswerAsync(HttpContext context, WebhookReceiver receiver, List<(string Key, long Sequence)> taken, int status)
    {
        var id = context.Request.Headers["webhook-id"].ToString();
        var body = receiver.Requests.Last(request => request.Headers["webhook-id"] == id).Body;
        if (Encoding.UTF8.GetString(body).Contains("\"bad\":true", StringComparison.Ordinal))
        {
            context.Response.StatusCode = status;
            return;
        }

        using var document = JsonDocument.Parse(body);
        lock (taken)
        {
            taken.AddRange(document.RootElement.EnumerateArray().Select(item =>
                (item.GetProperty("event").GetProperty("key").GetString()!, item.GetProperty("sequence").GetInt64())));
        }

        await context.Response.CompleteAsync();
    }

    private async Task<DestinationStatus> StatusAsync() => (await _service!.GetStatusAsync(TestContext.Current.CancellationToken)).Single();

    private async Task StartAsync(WebhookReceiver receiver, Func<DestinationConfig, DestinationConfig> configure)
    {
        var destination = configure(new DestinationConfig
        {
            Name = "crm",
            Type = "webhook",
            Settings = new WebhookSettings { Url = receiver.Url, AllowPrivateNetwork = true, Batch = new WebhookBatchSettings { MaxEvents = 40 } },
            Retry = new RetryConfig { Initial = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(100) },
        });
        _service = new DeliveryService(
            _log, [new WebhookDestinationFactory()], new PostriderMetrics(new TestMeters()), TimeProvider.System, () => 0.5, NullLoggerFactory.Instance);
        await _service.StartAsync(
            new PostriderConfig { Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = destination } }, TestContext.Current.CancellationToken);
    }

    private sealed class TestMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
