using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookCompressionTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    [Theory]
    [InlineData(1025)]
    [InlineData(20_000)]
    [InlineData(3_000_000)]
    public async Task DeliverAsync_LongBody_IsCompressedAndSignedAsSent(int length)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = Destination(receiver.Url);
        var body = $"\"{new string('x', length - 2)}\"";

        await destination.DeliverOneAsync(Attempts.Of(body));

        var request = Assert.Single(receiver.Requests);
        Assert.Equal("gzip", request.Headers["Content-Encoding"]);
        Assert.Equal($"{request.Body.Length}", request.Headers["Content-Length"]);
        Assert.True(request.Body.Length < length / 5);
        Assert.Equal(body, Inflate(request.Body));
        AssertSigned(request);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(7)]
    public async Task DeliverAsync_ShortBody_IsSentAsItIs(int length)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = Destination(receiver.Url);
        var body = $"\"{new string('x', length - 2)}\"";

        await destination.DeliverOneAsync(Attempts.Of(body));

        var request = Assert.Single(receiver.Requests);
        Assert.DoesNotContain("Content-Encoding", request.Headers.Keys);
        Assert.Equal(body, Encoding.UTF8.GetString(request.Body));
        AssertSigned(request);
    }

    [Fact]
    public async Task DeliverAsync_BodyThatDoesNotShrink_IsSentAsItIs()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = Destination(receiver.Url, above: 0);
        var body = $"\"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(6))}\"";

        await destination.DeliverOneAsync(Attempts.Of(body));

        var request = Assert.Single(receiver.Requests);
        Assert.DoesNotContain("Content-Encoding", request.Headers.Keys);
        Assert.Equal(body, Encoding.UTF8.GetString(request.Body));
    }

    [Fact]
    public async Task DeliverAsync_LongAndShortInTurnAndAtOnce_NeverMixThem()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = Destination(receiver.Url);

        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(i => destination.DeliverOneAsync(Attempts.Of(BodyOf(i), id: $"{i}"))));
        }

        Assert.Equal(200, receiver.Requests.Count);
        Assert.All(receiver.Requests, request =>
        {
            var isCompressed = request.Headers.ContainsKey("Content-Encoding");
            var index = int.Parse(request.Headers["webhook-id"], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(index % 2 == 1, isCompressed);
            Assert.Equal(BodyOf(index), isCompressed ? Inflate(request.Body) : Encoding.UTF8.GetString(request.Body));
            AssertSigned(request);
        });
    }

    private static string BodyOf(int index) => index % 2 == 1 ? $"\"{index}{new string('x', 500 * index + 1100)}\"" : $"{index}";

    private static IDestination Destination(string url, long above = 1024) => TestDestinations.Of(new WebhookSettings
    {
        Url = url, Secret = Secret, Compress = BodyCompression.Gzip, CompressAbove = new(above), AllowPrivateNetwork = true,
    });

    private static string Inflate(byte[] body)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static void AssertSigned(WebhookReceiver.Request request)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}."), .. request.Body];
        var key = Convert.FromBase64String(Secret["whsec_".Length..]);
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)), request.Headers["webhook-signature"]);
    }
}
