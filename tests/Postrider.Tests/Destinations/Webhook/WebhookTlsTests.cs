using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;
using Postrider.Tests.Destinations.Http;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public enum CertificateForm
    {
        PemAndKey,
        PemWithKey,
        PemWithEncryptedKey,
        Pfx,
    }

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task DeliverAsync_ServerOfTheBundlesRoot_IsTrusted()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Delivered, 200, null), (result.Outcome, result.Status, result.Reason));
    }

    [Fact]
    public async Task DeliverAsync_ServerOfAnotherRoot_SaysTls()
    {
        using var other = new TestAuthority();
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, other.Server);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Retry, "tls"), (result.Outcome, result.ErrorClass));
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task DeliverAsync_ServerOfTheRootWithAnotherName_SaysTls()
    {
        using var other = _authority.Issue("CN=elsewhere");
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, other);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Retry, "tls"), (result.Outcome, result.ErrorClass));
        Assert.Empty(receiver.Requests);
    }

    [Theory]
    [InlineData(CertificateForm.PemAndKey)]
    [InlineData(CertificateForm.PemWithKey)]
    [InlineData(CertificateForm.PemWithEncryptedKey)]
    [InlineData(CertificateForm.Pfx)]
    public async Task DeliverAsync_ServerAsksForACertificate_GetsOurs(CertificateForm form)
    {
        var shown = new TaskCompletionSource<string?>();
        await using var receiver = await WebhookReceiver.StartAsync(
            context =>
            {
                shown.SetResult(context.Connection.ClientCertificate?.Subject);
                return Task.CompletedTask;
            },
            _authority.Server,
            asksForCertificate: true);
        var settings = new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, ClientCertificate = Write(form), AllowPrivateNetwork = true };
        Assert.Empty(SettingsErrors.Of(settings));
        await using var destination = TestDestinations.Of(settings);

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Delivered, null), (result.Outcome, result.Reason));
        Assert.Equal("CN=postrider", await shown.Task);
    }

    [Fact]
    public async Task DeliverAsync_BatchesOverHttp2AtOnce_NeverMixTheirBodies()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);
        var settings = new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, Batch = new WebhookBatchSettings(), AllowPrivateNetwork = true };
        await using var destination = TestDestinations.Of(settings);

        var results = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => destination.DeliverAsync(
            [Attempts.Of($"\"{i}\"", $"a{i}"), Attempts.Of($"\"{i}{new string('x', i * 100)}\"", $"b{i}")], TestContext.Current.CancellationToken).AsTask()));

        Assert.All(results.SelectMany(each => each), result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(300, receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count());
        Assert.All(receiver.Requests, request =>
        {
            using var body = JsonDocument.Parse(request.Body);
            var number = body.RootElement[0].GetProperty("event").GetString()!;
            Assert.Equal($"a{number}", body.RootElement[0].GetProperty("id").GetString());
            Assert.Equal($"b{number}", body.RootElement[1].GetProperty("id").GetString());
            Assert.Equal(number, body.RootElement[1].GetProperty("event").GetString()!.TrimEnd('x'));
        });
    }

    [Fact]
    public async Task DeliverAsync_ServerAsksAndWeHaveNone_Fails()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server, asksForCertificate: true);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Ca = _authority.RootFile, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();

        Assert.Equal(DeliveryOutcome.Retry, result.Outcome);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public void Validate_UnusableFiles_NamesThemWithoutPassword()
    {
        var pfx = Write(CertificateForm.Pfx);
        var url = "https://crm.example.com/";

        (string Member, string Message)[] errors =
        [
            .. SettingsErrors.Of(new WebhookSettings { Url = url, Ca = "ca.pem" }),
            .. SettingsErrors.Of(new WebhookSettings { Url = url, Ca = _authority.RootFile + ".not" }),
            .. SettingsErrors.Of(new WebhookSettings { Url = url, Ca = _authority.Write("empty.pem", "") }),
            .. SettingsErrors.Of(new WebhookSettings { Url = url, ClientCertificate = pfx with { Password = "planted-wrong" } }),
            .. SettingsErrors.Of(new WebhookSettings { Url = url, ClientCertificate = new ClientCertificateSettings { File = "client.pem" } }),
            .. SettingsErrors.Of(new WebhookSettings { Url = url, ClientCertificate = new ClientCertificateSettings { File = _authority.RootFile } }),
        ];

        Assert.Equal(["ca", "ca", "ca", "clientCertificate.file", "clientCertificate.file", "clientCertificate.file"], errors.Select(error => error.Member));
        Assert.All(errors, error => Assert.DoesNotContain("planted", error.Message, StringComparison.Ordinal));
    }

    private ClientCertificateSettings Write(CertificateForm form)
    {
        using var client = _authority.Issue("CN=postrider");
        using var key = client.GetECDsaPrivateKey()!;
        var pem = client.ExportCertificatePem();
        var pbe = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        return form switch
        {
            CertificateForm.PemAndKey => new() { File = _authority.Write("c.pem", pem), KeyFile = _authority.Write("k.pem", key.ExportPkcs8PrivateKeyPem()) },
            CertificateForm.PemWithKey => new() { File = _authority.Write("ck.pem", pem + "\n" + key.ExportPkcs8PrivateKeyPem()) },
            CertificateForm.PemWithEncryptedKey => new()
            {
                File = _authority.Write("c.pem", pem),
                KeyFile = _authority.Write("ek.pem", key.ExportEncryptedPkcs8PrivateKeyPem(TestAuthority.Password, pbe)),
                Password = TestAuthority.Password,
            },
            _ => new() { File = _authority.Write("c.pfx", client.Export(X509ContentType.Pkcs12, TestAuthority.Password)), Password = TestAuthority.Password },
        };
    }
}
