using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Telemetry;

/// <summary>The real executable, and a collector that reads what it sends.</summary>
public sealed class OtlpTests
{
    private const string ClientTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientSpan = "b7ad6b7169203331";

    [Fact]
    public async Task Traces_OfAnEventThatIsDeliveredAtOnce_GoFromClientToReceiver()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var passedOn = "";
        await using var receiver = await StubServer.StartAsync(context =>
        {
            passedOn = context.Request.Headers.TraceParent.ToString();
            return Task.CompletedTask;
        });
        await using var server = new PostriderServer(Telemetry(collector) + $"destinations:\n{PostriderServer.Webhook("crm", receiver.Address)}");
        await server.StartAsync();

        var id = await PublishAsync(server, $"00-{ClientTrace}-{ClientSpan}-01");
        await server.WaitUntilSettledAsync("crm");
        await server.StopAsync();

        var request = Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Server);
        Assert.Equal(("POST /publish", ClientTrace, ClientSpan, false), (request.Name, request.TraceId, request.ParentId, request.IsError));
        Assert.Equal(
            ("postrider", "publish", "send", "default", id, "POST", "/publish", "200"),
            (request.Attributes["messaging.system"], request.Attributes["messaging.operation.name"], request.Attributes["messaging.operation.type"],
                request.Attributes["postrider.source"], request.Attributes["messaging.message.id"], request.Attributes["http.request.method"],
                request.Attributes["http.route"], request.Attributes["http.response.status_code"]));
        var attempt = Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Client);
        Assert.Equal(("deliver crm", ClientTrace, request.SpanId, false), (attempt.Name, attempt.TraceId, attempt.ParentId, attempt.IsError));
        Assert.Equal([(ClientTrace, request.SpanId)], attempt.Links);
        Assert.Equal(
            ("crm", "webhook", id, "1", "delivered", "200", "127.0.0.1", "1.1"),
            (attempt.Attributes["messaging.destination.name"], attempt.Attributes["postrider.destination.type"], attempt.Attributes["messaging.message.id"],
                attempt.Attributes["postrider.attempt"], attempt.Attributes["postrider.outcome"], attempt.Attributes["http.response.status_code"],
                attempt.Attributes["server.address"], attempt.Attributes["network.protocol.version"]));
        Assert.Equal($"00-{ClientTrace}-{attempt.SpanId}-01", passedOn);
        Assert.Equal("postrider", collector.Resource["service.name"]);
        Assert.Equal("Bearer a b=c%20", collector.Headers["Authorization"]);
    }

    [Fact]
    public async Task Traces_OfARetry_AreTheirOwnAndLinkToTheRequest()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync(arrival => new WebhookAnswer(arrival.Attempt == 1 ? 503 : 200));
        await using var server = new PostriderServer(
            Telemetry(collector) + $"destinations:\n{PostriderServer.Webhook("crm", receiver.Address, "retry: { initial: 100ms }")}");
        await server.StartAsync("--log-format", "json");

        await PublishAsync(server, $"00-{ClientTrace}-{ClientSpan}-01");
        await server.WaitUntilSettledAsync("crm");
        await server.StopAsync();

        var request = Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Server);
        var first = Assert.Single(collector.Spans, span => span.Attributes.GetValueOrDefault("postrider.attempt") == "1");
        var second = Assert.Single(collector.Spans, span => span.Attributes.GetValueOrDefault("postrider.attempt") == "2");
        Assert.Equal((ClientTrace, request.SpanId, true), (first.TraceId, first.ParentId, first.IsError));
        Assert.Equal(("retry", "status"), (first.Attributes["postrider.outcome"], first.Attributes["error.type"]));
        Assert.NotEqual(ClientTrace, second.TraceId);
        Assert.Equal(("", false), (second.ParentId, second.IsError));
        Assert.Equal([(ClientTrace, request.SpanId)], second.Links);
        Assert.Contains($"\"TraceId\":\"{ClientTrace}\",\"SpanId\":\"{first.SpanId}\"", server.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traces_OfAClientThatSamplesNot_AreNotKept()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync(arrival => new WebhookAnswer(arrival.Attempt == 1 ? 503 : 200));
        await using var server = new PostriderServer(
            Telemetry(collector) + $"destinations:\n{PostriderServer.Webhook("crm", receiver.Address, "retry: { initial: 100ms }")}");
        await server.StartAsync();

        await PublishAsync(server, $"00-{ClientTrace}-{ClientSpan}-00");
        await PublishAsync(server, null);
        await server.WaitUntilSettledAsync("crm");
        await server.StopAsync();

        Assert.DoesNotContain(collector.Spans, span => span.TraceId == ClientTrace);
        Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Server);
    }

    [Fact]
    public async Task Traces_OfABatch_LinkToEachOfItsEvents()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var receiver = await StubServer.StartAsync(200, "");
        await using var server = new PostriderServer(
            Telemetry(collector) + $"destinations:\n{PostriderServer.Webhook("crm", receiver.Address, "batch: { maxEvents: 2, maxWait: 10s }")}");
        await server.StartAsync();

        await PublishAsync(server, null, "ada");
        await PublishAsync(server, null, "bob");
        await server.WaitUntilSettledAsync("crm");
        await server.StopAsync();

        var attempt = Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Client);
        Assert.Equal("2", attempt.Attributes["messaging.batch.message_count"]);
        Assert.Equal("", attempt.ParentId);
        Assert.Equal(
            collector.Spans.Where(span => span.Kind == OtlpSpan.Server).Select(span => (span.TraceId, span.SpanId)).Order(), attempt.Links.Order());
    }

    [Fact]
    public async Task Metrics_OfARunningServer_ArriveByTheEnvironmentsWord()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer($"destinations:\n{PostriderServer.Webhook("crm", receiver.Address)}");
        server.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.AbsoluteUri;
        server.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        server.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        server.Environment["OTEL_SERVICE_NAME"] = "orders-events";
        await server.StartAsync();

        await PublishAsync(server, null);
        await server.WaitUntilSettledAsync("crm");
        await Eventually.TrueAsync("attempts are measured", () => collector.Metrics.ContainsKey("postrider.delivery.duration"));
        await server.StopAsync();

        Assert.Equal("{event}", collector.Metrics["postrider.gateway.events"]);
        Assert.Equal("s", collector.Metrics["postrider.delivery.duration"]);
        Assert.Equal("{event}", collector.Metrics["postrider.destination.lag"]);
        Assert.Equal("orders-events", collector.Resource["service.name"]);
        Assert.Single(collector.Spans, span => span.Kind == OtlpSpan.Server);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_WithACollectorThatIsDead_IsOrderlyAndSoon(bool takesConnections)
    {
        // One that takes connections and never answers, and one that is not there.
        using var silent = new TcpListener(IPAddress.Loopback, FreePort.Find());
        if (takesConnections)
        {
            silent.Start();
        }

        var yardstick = await TimeToStopAsync("");
        var took = await TimeToStopAsync($"telemetry: {{ otlp: {{ endpoint: \"http://{silent.LocalEndpoint}\", protocol: http, interval: 1s }} }}\n");

        // Two seconds of patience for what is left, as LastExport has it; the exporters' own would be twenty.
        var most = TimeSpan.FromSeconds(2) + (4 * yardstick);
        Assert.True(took < most, $"{took}, where a stop without a collector takes {yardstick}");
    }

    private static async Task<TimeSpan> TimeToStopAsync(string telemetry)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(telemetry + $"destinations:\n{PostriderServer.Webhook("crm", receiver.Address)}");
        await server.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await PublishAsync(server, null);
        }

        await server.WaitUntilSettledAsync("crm");
        var began = TimeProvider.System.GetTimestamp();
        await server.StopAsync();

        Assert.Equal(50, receiver.Arrivals.Count);
        var took = TimeProvider.System.GetElapsedTime(began);
        return took > TimeSpan.FromSeconds(1) ? took : TimeSpan.FromSeconds(1);
    }

    private static string Telemetry(OtlpReceiver collector) =>
        $"telemetry: {{ otlp: {{ endpoint: \"{collector.Address}\", protocol: http, headers: {{ Authorization: \"Bearer a b=c%20\" }} }} }}\n";

    private static async Task<string> PublishAsync(PostriderServer server, string? traceParent, string user = "ada")
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Gateway, "/publish"))
        {
            Content = new StringContent($$"""{"userId":"{{user}}","payload":1}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        if (traceParent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return response.Headers.GetValues("Postrider-Event-Id").Single();
    }
}
