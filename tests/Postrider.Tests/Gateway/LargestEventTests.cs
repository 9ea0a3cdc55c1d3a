using System.Net;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

/// <summary>Bodies as large as the configuration can allow, which with their envelope are larger than a log takes.</summary>
public sealed class LargestEventTests
{
    private const int Largest = 64 << 20;

    [Theory]
    [InlineData("/publish", """{"userId":1,"payload":"*"}""", "")]
    [InlineData("/events", """{"specversion":"1.0","type":"t","source":"s","id":"1","data":"*"}""", "application/cloudevents+json")]
    [InlineData("/webhook/app", """{"x":"*"}""", "")]
    [InlineData("/v1/track", """{"userId":1,"x":"*"}""", "")]
    [InlineData("/webhook/app", "x=*", "application/x-www-form-urlencoded")]
    [InlineData("/events", "*", "text/plain")]
    public async Task Body_WithoutRoomForItsEnvelope_IsTooLarge(string path, string frame, string type)
    {
        await using var server = await StartAsync();
        var text = Encoding.UTF8.GetBytes(frame.Replace("*", new string('y', Largest - frame.Length + 1), StringComparison.Ordinal));
        Assert.Equal(Largest, text.Length);

        var answer = await server.PostAsync(path, text, change: request =>
        {
            request.Content!.Headers.TryAddWithoutValidation("Content-Type", type);
            foreach (var name in (string[])(type == "text/plain" ? ["type", "source", "id"] : []))
            {
                request.Headers.Add("ce-" + name, "x");
                request.Headers.Remove("ce-specversion");
                request.Headers.Add("ce-specversion", "1.0");
            }
        });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Empty(server.Log.Stored);
        Assert.Empty(server.Logs.Lines);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(new PostriderConfig
    {
        Gateway = new GatewayConfig { MaxBodySize = new ByteSize(Largest), MaxReceiving = new ByteSize(2L * Largest) },
        Sources = new Dictionary<string, SourceConfig>
        {
            ["app"] = new() { Name = "app", Default = true, Webhook = new WebhookSourceConfig { Auth = WebhookSourceAuth.None } },
        },
    });
}
