using System.Net;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.Http;
using CloudNative.CloudEvents.SystemTextJson;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Tests.Gateway.CloudEvents;

/// <summary>Events written by the CloudEvents project's own library, and what is stored read back by it.</summary>
public sealed class OfficialLibraryTests
{
    private static readonly JsonEventFormatter Formatter = new();
    private static readonly CloudEventAttribute PartitionKey = CloudEventAttribute.CreateExtension("partitionkey", CloudEventAttributeType.String);
    private static readonly CloudEventAttribute Turn = CloudEventAttribute.CreateExtension("turn", CloudEventAttributeType.Integer);

    [Theory]
    [InlineData(ContentMode.Structured)]
    [InlineData(ContentMode.Binary)]
    public async Task Event_OfTheLibrary_IsStoredAndReadBackTheSame(ContentMode mode)
    {
        await using var server = await StartAsync();
        var sent = Make(1);

        var answer = await PostAsync(server, sent.ToHttpContent(mode, Formatter), mode);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        AssertSame(sent, ReadBack(Assert.Single(server.Log.Stored)));
    }

    [Fact]
    public async Task Batch_OfTheLibrary_IsStoredInOrder()
    {
        await using var server = await StartAsync();
        CloudEvent[] sent = [.. Enumerable.Range(1, 5).Select(Make)];

        var answer = await PostAsync(server, sent.ToHttpContent(Formatter), ContentMode.Structured);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(5, server.Log.Stored.Count);
        foreach (var (expected, stored) in sent.Zip(server.Log.Stored))
        {
            AssertSame(expected, ReadBack(stored));
        }
    }

    private static CloudEvent Make(int number) => new([PartitionKey, Turn])
    {
        Id = $"order-{number} ü%",
        Source = new Uri("/shop/münchen", UriKind.Relative),
        Type = "com.example.ordered",
        Subject = $"order {number}",
        Time = new DateTimeOffset(2026, 11, 24, 1, 2, 3, TimeSpan.FromHours(1)),
        DataContentType = "application/json",
        DataSchema = new Uri("https://example.com/schema"),
        Data = new { number, text = "\u2028 \"quoted\"" },
        [PartitionKey] = "u1",
        [Turn] = number,
    };

    private static CloudEvent ReadBack(Event stored) =>
        Formatter.DecodeStructuredModeMessage(stored.Body, new System.Net.Mime.ContentType("application/cloudevents+json"), [PartitionKey, Turn]);

    private static void AssertSame(CloudEvent expected, CloudEvent actual)
    {
        Assert.Equal(
            expected.GetPopulatedAttributes().Select(pair => (pair.Key.Name, pair.Key.Format(pair.Value))).Order(),
            actual.GetPopulatedAttributes().Select(pair => (pair.Key.Name, pair.Key.Format(pair.Value))).Order());
        Assert.Equal(JsonSerializer.Serialize(expected.Data), JsonSerializer.Serialize(actual.Data));
    }

    private static Task<Answer> PostAsync(GatewayServer server, HttpContent content, ContentMode mode)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = content };
        if (mode == ContentMode.Binary)
        {
            // The library puts the attributes beside the content's own headers, which is where a server finds all of them.
            Assert.Contains(content.Headers, header => header.Key.StartsWith("ce-", StringComparison.OrdinalIgnoreCase));
        }

        return server.SendAsync(request);
    }

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(new PostriderConfig
    {
        Sources = new Dictionary<string, SourceConfig> { ["app"] = new SourceConfig { Name = "app", Default = true } },
    });
}
