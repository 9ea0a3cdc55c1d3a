using System.Security.Cryptography;
using System.Text;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookSignerTests
{
    private const string PublishedSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string PublishedId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long PublishedTimestamp = 1614265330;
    private const string PublishedSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private const string OtherSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static ReadOnlySpan<byte> PublishedBody => "{\"test\": 2432232314}"u8;

    [Fact]
    public void Sign_PublishedExample_GivesPublishedSignature()
    {
        using var signer = new WebhookSigner([PublishedSecret]);

        var signature = signer.Sign(PublishedId, PublishedTimestamp, PublishedBody);

        Assert.Equal(PublishedSignature, signature);
    }

    [Fact]
    public void Sign_SeveralSecrets_GivesOneTokenEachInOrderSeparatedByOneSpace()
    {
        using var signer = new WebhookSigner([OtherSecret, PublishedSecret, OtherSecret]);
        using var other = new WebhookSigner([OtherSecret]);

        var signature = signer.Sign(PublishedId, PublishedTimestamp, PublishedBody);

        var otherToken = other.Sign(PublishedId, PublishedTimestamp, PublishedBody);
        Assert.Equal($"{otherToken} {PublishedSignature} {otherToken}", signature);
    }

    [Fact]
    public void Sign_NoSecret_GivesNone()
    {
        using var signer = new WebhookSigner([]);

        Assert.Null(signer.Sign(PublishedId, PublishedTimestamp, PublishedBody));
    }

    [Fact]
    public void Sign_IdLongerThanTheStackBuffer_SignsAllOfIt()
    {
        using var signer = new WebhookSigner([OtherSecret]);
        var id = "evt_" + new string('x', 5000);

        var signature = signer.Sign(id, 12, "{}"u8);

        var expected = HMACSHA256.HashData("0123456789abcdef0123456789abcdef"u8, Encoding.UTF8.GetBytes($"{id}.12.{{}}"));
        Assert.Equal("v1," + Convert.ToBase64String(expected), signature);
    }

    [Fact]
    public void Sign_FromManyThreadsAtOnce_NeverMixesThem()
    {
        using var signer = new WebhookSigner([PublishedSecret, OtherSecret]);

        Parallel.For(0, 2000, i =>
        {
            var body = Encoding.UTF8.GetBytes($"body {i}");
            Assert.Equal($"{Plain(PublishedSecret, i, body)} {Plain(OtherSecret, i, body)}", signer.Sign("id", i, body));
        });
    }

    private static string Plain(string secret, long timestamp, byte[] body)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"id.{timestamp}."), .. body]));
    }
}
