using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Log;
using Postrider.Log.Redis.Connecting;

namespace Postrider.Tests.Log.Redis.Connecting;

/// <summary>TLS to a real redis-server that asks for a client certificate, with a root of one's own.</summary>
public sealed class RedisTlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-tls-");
    private readonly int _port = FreePort.Find();
    private TestRedis? _redis;

    public async ValueTask InitializeAsync()
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root of a test", rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = request.CreateSelfSigned(from, to);
        await WriteAsync("ca.pem", root.ExportCertificatePem());
        await IssueAsync(root, "server", from, to);
        await IssueAsync(root, "client", from, to);
        _redis = await TestRedis.StartAsync(
            "--appendonly", "yes", "--tls-port", _port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", PathOf("server.pem"),
            "--tls-key-file", PathOf("server.key"), "--tls-ca-cert-file", PathOf("ca.pem"), "--tls-auth-clients", "yes");
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Log_OverTlsWithAClientCertificate_IsOpenedAndTakesEvents()
    {
        var settings = Settings();

        await StartAsync(settings);
        await using var server = new RedisServer();
        await using var log = await server.OpenAsync(server.Options() with { Connection = RedisConnections.Create(settings) });
        await log.AppendAsync(TestEvents.Numbered(1));

        Assert.Equal(2, log.Partitions[0].EndPosition);
        Assert.Single(await log.Partitions[0].ReadAsync(1, 2, 1 << 20, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Start_RootOfTheSystemOnly_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => StartAsync(Settings() with { CaFile = null }));

        Assert.Contains("TLS", refused.Message, StringComparison.Ordinal);
    }

    private static Task StartAsync(RedisConnectionSettings settings) => new RedisStart(
        settings,
        new RedisCheck(
            new DurabilityDemand(DurabilityLevel.Everysec, 0, Confirmed: false), new PermissionCheck("postrider", null), TimeProvider.System, NullLogger<RedisCheck>.Instance),
        TimeProvider.System,
        NullLogger<RedisStart>.Instance).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    private RedisConnectionSettings Settings() => new()
    {
        Hosts = [("127.0.0.1", _port)], Tls = true, CaFile = PathOf("ca.pem"), CertificateFile = PathOf("client.pem"), KeyFile = PathOf("client.key"),
    };

    private async Task IssueAsync(X509Certificate2 root, string name, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, from.AddMinutes(1), to.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
        await WriteAsync(name + ".pem", certificate.ExportCertificatePem());
        await WriteAsync(name + ".key", key.ExportPkcs8PrivateKeyPem());
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(PathOf(file), text, TestContext.Current.CancellationToken);
}
