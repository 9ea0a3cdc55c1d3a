using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>What two PEM files look like from outside: differs when one of them was replaced.</summary>
internal readonly record struct CertificateStamp(DateTime CertificateTime, long CertificateLength, DateTime KeyTime, long KeyLength)
{
    /// <exception cref="IOException">One of them is not there.</exception>
    public static CertificateStamp Of(CertificateConfig files)
    {
        var certificate = Follow(files.File);
        var key = Follow(files.KeyFile);
        return new(certificate.LastWriteTimeUtc, certificate.Length, key.LastWriteTimeUtc, key.Length);
    }

    // Mounted secrets are links that never change themselves: a new version is another target.
    private static (DateTime LastWriteTimeUtc, long Length) Follow(string path)
    {
        var file = new FileInfo(path);
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return (target.LastWriteTimeUtc, target.Length);
    }
}
