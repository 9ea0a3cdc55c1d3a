using System.Net;
using System.Text;
using Postrider.Configuration;
using Postrider.Log;

namespace Postrider.Tests.Gateway;

/// <summary>What clients are told when the log fails, at every door.</summary>
public sealed class LogFailureTests
{
    private const string CloudEvent = """{"specversion":"1.0","type":"t","source":"s","id":"1"}""";

    public static TheoryData<string, string, string> Doors => new()
    {
        { "/publish", """{"userId":1,"payload":2}""", "" },
        { "/events", CloudEvent, "application/cloudevents+json" },
        { "/events", $"[{CloudEvent}]", "application/cloudevents-batch+json" },
        { "/webhook/app", "{}", "" },
        { "/v1/track", """{"userId":1}""", "" },
        { "/v1/batch", """{"batch":[{"userId":1,"type":"t"},{"userId":2,"type":"t"}]}""", "" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Append_FailsInAnyWayOfTheLog_Is503WithATime(string path, string body, string type)
    {
        await using var server = await StartAsync();

        foreach (var failure in (Exception[])[new LogUnavailableException("full", TimeSpan.FromSeconds(7)), new LogUnusableException("it belongs to another"), new GenerationMovedException(0, 1)])
        {
            server.Log.BeforeAppend = () => Task.FromException(failure);
            var answer = await SendAsync(server, path, body, type);

            Assert.Equal((failure.GetType(), HttpStatusCode.ServiceUnavailable), (failure.GetType(), answer.Status));
            Assert.Equal(failure is LogUnavailableException ? "7" : "5", answer.Headers["Retry-After"]);
            Assert.DoesNotContain("another", answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData("/v1/batch", "")]
    [InlineData("/events", "application/cloudevents-batch+json")]
    public async Task BadEvents_ThatCannotBePutAside_DoNotUndoTheGood(string path, string type)
    {
        await using var server = await StartAsync();
        var body = type.Length == 0 ? """{"batch":[{"type":"t","userId":1},5]}""" : $"[{CloudEvent},5]";
        Exception[] failures = [new IOException("no room"), new GenerationMovedException(0, 1), new LogUnusableException("another"), new InvalidOperationException("READONLY")];

        foreach (var failure in failures)
        {
            server.Log.Partition.Store.Unavailable = failure;
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, path, body, type)).Status);
        }

        Assert.Equal(failures.Length, server.Log.Stored.Count);
        Assert.Equal(failures.Select(_ => 2011), server.Logs.Lines.Select(line => line.Id.Id));
        Assert.Equal(failures.Length, server.Counters["postrider.gateway.rejected:app"]);
    }

    [Fact]
    public async Task Batch_OfWhichAPartCannotBeStored_Is503AndItsRepeatIsStoredOnce()
    {
        await using var server = await StartAsync();
        server.Log.Remembers = true;
        const string Body = """{"batch":[{"type":"t","userId":1,"messageId":"a"},{"type":"t","userId":2,"messageId":"b"},5,{"type":"t","userId":3,"messageId":"c"}]}""";
        var appends = 0;
        server.Log.BeforeAppend = () => ++appends == 2 ? Task.FromException(new LogUnavailableException("a partition is away", TimeSpan.FromSeconds(3))) : Task.CompletedTask;

        var failed = await SendAsync(server, "/v1/batch", Body, "");
        var repeated = await SendAsync(server, "/v1/batch", Body, "");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "3"), (failed.Status, failed.Headers["Retry-After"]));
        Assert.Equal((HttpStatusCode.OK, "1"), (repeated.Status, repeated.Headers["Postrider-Rejected-Events"]));
        Assert.Equal(["1", "2", "3"], server.Log.Stored.Select(stored => stored.Key!));
        Assert.Equal((2, 1), (server.Counters["postrider.gateway.events:app"], server.Counters["postrider.gateway.repeats:app"]));
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync(null, null, 10, TestContext.Current.CancellationToken);
        Assert.Single(rejected);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(new PostriderConfig
    {
        Sources = new Dictionary<string, SourceConfig>
        {
            ["app"] = new() { Name = "app", Default = true, Webhook = new WebhookSourceConfig { Auth = WebhookSourceAuth.None } },
        },
    });

    private static async Task<Answer> SendAsync(GatewayServer server, string path, string body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        return await server.SendAsync(request);
    }
}
