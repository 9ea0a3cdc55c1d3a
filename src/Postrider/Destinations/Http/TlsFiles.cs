using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postrider.Destinations.Http;

/// <summary>Makes the options of TLS connections from certificate files.</summary>
internal static class TlsFiles
{
    /// <summary>Reads the files.</summary>
    /// <returns>Null: neither is set, everything is the system's.</returns>
    public static SslClientAuthenticationOptions? Load(ClientCertificateSettings? certificate, string? ca)
    {
        if (certificate is null && ca is null)
        {
            return null;
        }

        var options = new SslClientAuthenticationOptions();
        if (certificate is not null)
        {
            options.ClientCertificateContext = LoadCertificate(certificate);
        }

        if (ca is not null)
        {
            options.CertificateChainPolicy = LoadTrust(ca);
        }

        return options;
    }

    /// <exception cref="IOException">It cannot be read. Other exceptions of <see cref="IsUnusable"/>: it is none, or has no key.</exception>
    public static SslStreamCertificateContext LoadCertificate(ClientCertificateSettings settings)
    {
        var chain = new X509Certificate2Collection();
        X509Certificate2 leaf;
        if (IsPkcs12(settings.File))
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(settings.File, settings.Password);
            leaf = all.FirstOrDefault(found => found.HasPrivateKey) ?? throw new CryptographicException("it holds no certificate with a private key.");
            chain.AddRange(all.Where(found => found != leaf).ToArray());
        }
        else
        {
            var keyFile = settings.KeyFile ?? settings.File;
            leaf = settings.Password is null
                ? X509Certificate2.CreateFromPemFile(settings.File, keyFile)
                : X509Certificate2.CreateFromEncryptedPemFile(settings.File, settings.Password, keyFile);
            chain.ImportFromPemFile(settings.File);
            chain.RemoveAt(0);
        }

        // Offline: the file holds the chain, and a handshake must not wait for someone else's server.
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    /// <summary>Trust in the roots of the bundle, and in no other. Names are checked as ever.</summary>
    public static X509ChainPolicy LoadTrust(string ca)
    {
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPemFile(ca);
        if (bundle.Count == 0)
        {
            throw new CryptographicException("it holds no certificate in PEM.");
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        foreach (var certificate in bundle)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("it holds no root certificate.");
    }

    public static bool IsPkcs12(string path) => Path.GetExtension(path).ToUpperInvariant() is ".PFX" or ".P12";

    public static bool IsUnusable(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;
}
