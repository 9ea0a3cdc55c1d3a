using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postrider.Tests.Destinations.Http;

/// <summary>A certificate authority of the test's own, with its files in a folder that goes with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Password = "planted-password";

    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-tls-");
    private readonly X509Certificate2 _root;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(From, From.AddYears(80));
        RootFile = Write("root.pem", _root.ExportCertificatePem());
        Server = Issue("CN=127.0.0.1", IPAddress.Loopback);
    }

    public string RootFile { get; }

    /// <summary>Good for 127.0.0.1.</summary>
    public X509Certificate2 Server { get; }

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A certificate with its key.</summary>
    public X509Certificate2 Issue(string subject, IPAddress? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (address is null)
        {
            names.AddDnsName("client.example");
        }
        else
        {
            names.AddIpAddress(address);
        }

        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(_root, From, From.AddYears(79), RandomNumberGenerator.GetBytes(8));
        using var withKey = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public void Dispose()
    {
        Server.Dispose();
        _root.Dispose();
        _folder.Delete(recursive: true);
    }
}
