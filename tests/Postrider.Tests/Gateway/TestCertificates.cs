using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

/// <summary>A folder of generated PEM files, gone at the end of the test.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-tls-");

    public CertificateConfig Files => new() { File = PathOf("tls.crt"), KeyFile = PathOf("tls.key") };

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a certificate signed by an intermediate, with the chain, as <c>tls.crt</c> and <c>tls.key</c> of a subfolder or of the folder.</summary>
    /// <returns>Its thumbprint.</returns>
    public string Write(string commonName, bool isEcdsa = false, string subfolder = "")
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = NewAuthority("CN=Test root", rootKey).CreateSelfSigned(From, To);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = NewAuthority("CN=Test authority", authorityKey).Create(root, From, To, RandomNumberGenerator.GetBytes(8));

        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = isEcdsa
            ? new CertificateRequest($"CN={commonName}", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest($"CN={commonName}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var generator = X509SignatureGenerator.CreateForECDsa(authorityKey);
        using var leaf = request.Create(issuer.SubjectName, generator, From, To, RandomNumberGenerator.GetBytes(8));

        Directory.CreateDirectory(PathOf(subfolder));
        File.WriteAllText(PathOf(Path.Combine(subfolder, "tls.crt")), leaf.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem());
        File.WriteAllText(
            PathOf(Path.Combine(subfolder, "tls.key")), isEcdsa ? ecdsa.ExportECPrivateKeyPem() : rsa.ExportPkcs8PrivateKeyPem());
        return leaf.Thumbprint;
    }

    private static CertificateRequest NewAuthority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static DateTimeOffset From { get; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset To { get; } = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
