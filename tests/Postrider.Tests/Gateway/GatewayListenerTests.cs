using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway;

public sealed class GatewayListenerTests
{
    private static readonly byte[] Good = """{"userId":"u","payload":1}"""u8.ToArray();

    [Fact]
    public async Task Listen_PlainHttp_TagsItsRequests()
    {
        await using var server = await GatewayServer.StartAsync();

        await server.PublishAsync(Good);

        Assert.Same(ListenerTag.Gateway, server.Tag);
        Assert.Equal("HTTP/1.1", server.Protocol);
        Assert.NotEqual(0, server.Url.Port);
    }

    [Theory]
    [InlineData(1, "HTTP/1.1", false)]
    [InlineData(2, "HTTP/2", false)]
    [InlineData(2, "HTTP/2", true)]
    public async Task Listen_Https_ServesBothProtocolsWithTheChain(int version, string protocol, bool isEcdsa)
    {
        using var certificates = new TestCertificates();
        var thumbprint = certificates.Write("one", isEcdsa);
        await using var server = await GatewayServer.StartAsync(ConfigOf(certificates));
        using var client = new TlsClient(server.Url, version);

        var answer = await client.PublishAsync(Good);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(protocol, server.Protocol);
        Assert.Same(ListenerTag.Gateway, server.Tag);
        Assert.Equal(thumbprint, client.Thumbprint);
        Assert.Contains("CN=Test authority", client.ChainSubjects);
    }

    [Fact]
    public async Task Listen_Http2_HonoursSizesErrorsAndLargeBodies()
    {
        using var certificates = new TestCertificates();
        certificates.Write("one");
        await using var server = await GatewayServer.StartAsync(ConfigOf(certificates));
        using var client = new TlsClient(server.Url, version: 2);
        var large = Encoding.UTF8.GetBytes($$"""{"userId":"u","payload":"{{new string('x', 3_000_000)}}"}""");

        var accepted = await client.PublishAsync(large);
        var tooLarge = await client.PublishAsync(new byte[(4 << 20) + 1]);
        server.Endpoint.StopAccepting();
        var stopping = await client.PublishAsync(Good);

        Assert.Equal(HttpStatusCode.OK, accepted.Status);
        Assert.True(Assert.Single(server.Log.Stored).Body.Span.SequenceEqual(large));
        tooLarge.AssertError(HttpStatusCode.RequestEntityTooLarge, "the body is larger than 4194304 bytes");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stopping.Status);
        Assert.Empty(server.Logs.Lines);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Listen_CertificateReplaced_NewConnectionsGetTheNewOne()
    {
        using var certificates = new TestCertificates();
        var first = certificates.Write("first");
        var time = new FakeTimeProvider();
        await using var server = await GatewayServer.StartAsync(ConfigOf(certificates), time);
        var before = await ThumbprintAsync(server);

        var second = certificates.Write("second", isEcdsa: true);
        var tooSoon = await ThumbprintAsync(server);
        time.Advance(TimeSpan.FromSeconds(1));
        var after = await ThumbprintAsync(server);

        Assert.Equal((first, first, second), (before, tooSoon, after));
        Assert.Equal((LogLevel.Information, 2001), server.Logs.Lines.Select(line => (line.Level, line.Id.Id)).Single());
    }

    [Fact]
    public async Task Listen_BrokenCertificate_KeepsTheOldOneAndWarnsOnce()
    {
        using var certificates = new TestCertificates();
        var first = certificates.Write("first");
        var time = new FakeTimeProvider();
        await using var server = await GatewayServer.StartAsync(ConfigOf(certificates), time);

        await File.WriteAllTextAsync(certificates.Files.KeyFile, "no key", TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(1));
        var broken = await ThumbprintAsync(server);
        time.Advance(TimeSpan.FromSeconds(1));
        var stillBroken = await ThumbprintAsync(server);
        var warnings = server.Logs.Lines.Select(line => (line.Level, line.Id.Id)).ToList();
        File.Delete(certificates.Files.File);
        time.Advance(TimeSpan.FromSeconds(1));
        var missing = await ThumbprintAsync(server);
        var third = certificates.Write("third");
        time.Advance(TimeSpan.FromSeconds(1));
        var mended = await ThumbprintAsync(server);

        Assert.Equal((first, first, first, third), (broken, stillBroken, missing, mended));
        Assert.Equal([(LogLevel.Warning, 2002)], warnings);
    }

    [Fact]
    public async Task Listen_CertificateBehindLinks_FollowsASwappedFolder()
    {
        using var certificates = new TestCertificates();
        var first = certificates.Write("first", subfolder: "v1");
        Directory.CreateSymbolicLink(certificates.PathOf("data"), "v1");
        File.CreateSymbolicLink(certificates.Files.File, Path.Combine("data", "tls.crt"));
        File.CreateSymbolicLink(certificates.Files.KeyFile, Path.Combine("data", "tls.key"));
        var time = new FakeTimeProvider();
        await using var server = await GatewayServer.StartAsync(ConfigOf(certificates), time);
        var before = await ThumbprintAsync(server);

        var second = certificates.Write("second", subfolder: "v2");
        Directory.Delete(certificates.PathOf("data"));
        Directory.CreateSymbolicLink(certificates.PathOf("data"), "v2");
        time.Advance(TimeSpan.FromSeconds(1));
        var after = await ThumbprintAsync(server);

        Assert.Equal((first, second), (before, after));
    }

    [Fact]
    public void ReloadingCertificate_UnusableAtTheStart_NamesTheFiles()
    {
        using var certificates = new TestCertificates();

        var thrown = Assert.Throws<CertificateUnusableException>(
            () => new ReloadingCertificate(certificates.Files, TimeProvider.System, NullLogger<ReloadingCertificate>.Instance));

        Assert.Contains(certificates.Files.File, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(certificates.Files.KeyFile, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Listener_HttpsWithoutCertificate_IsRefused()
    {
        var address = new ListenAddress(IsHttps: true, IPAddress.Loopback, Port: 0);

        Assert.Throws<FormatException>(() => new Listener(address, ListenerTag.Admin, certificate: null));
    }

    private static PostriderConfig ConfigOf(TestCertificates certificates) =>
        new() { Gateway = new() { Certificate = certificates.Files } };

    private static async Task<string?> ThumbprintAsync(GatewayServer server)
    {
        using var client = new TlsClient(server.Url, version: 1);
        await client.PublishAsync(Good);
        return client.Thumbprint;
    }

    /// <summary>A client with connections of its own that trusts anyone and remembers who it met.</summary>
    private sealed class TlsClient : IDisposable
    {
        private readonly HttpClient _client;

        public TlsClient(Uri url, int version)
        {
            var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Remember } };
            _client = new HttpClient(handler)
            {
                BaseAddress = url,
                DefaultRequestVersion = new Version(version, version == 1 ? 1 : 0),
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
        }

        public string? Thumbprint { get; private set; }

        public IReadOnlyList<string> ChainSubjects { get; private set; } = [];

        public async Task<Answer> PublishAsync(byte[] body)
        {
            using var content = new ByteArrayContent(body);
            using var response = await _client.PostAsync("/publish", content, TestContext.Current.CancellationToken);
            return await Answer.FromAsync(response);
        }

        public void Dispose() => _client.Dispose();

        private bool Remember(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            Thumbprint = certificate?.GetCertHashString();
            ChainSubjects = [.. chain!.ChainPolicy.ExtraStore.Select(extra => extra.Subject)];
            return true;
        }
    }
}
