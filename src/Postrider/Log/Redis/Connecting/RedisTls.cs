using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postrider.Log.Redis.Connecting;

/// <summary>The TLS side of a connection, made anew from its files for each connect.</summary>
internal static class RedisTls
{
    /// <exception cref="IOException">A file cannot be read. Other exceptions of <see cref="IsUnusable"/>: it holds no certificate or no key.</exception>
    public static SslClientAuthenticationOptions Create(RedisConnectionSettings settings, string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = settings.ServerName ?? host };
        if (settings.CaFile is { } ca)
        {
            options.CertificateChainPolicy = LoadTrust(ca);
        }

        if (settings.CertificateFile is { } certificate)
        {
            var leaf = X509Certificate2.CreateFromPemFile(certificate, settings.KeyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            chain.RemoveAt(0);

            // Offline: the file holds the chain, and a handshake must not wait for someone else's server.
            options.ClientCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }

        return options;
    }

    public static bool IsUnusable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    // Trust in the roots of the bundle, and in no other. Names are checked as ever.
    private static X509ChainPolicy LoadTrust(string ca)
    {
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPemFile(ca);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        foreach (var certificate in bundle)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException($"{ca} holds no root certificate in PEM.");
    }
}
