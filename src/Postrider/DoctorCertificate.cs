using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider;

/// <summary>Examines the gateway's own certificate.</summary>
internal static class DoctorCertificate
{
    private const string Subject = "gateway.certificate";

    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    public static IEnumerable<Finding> Examine(CertificateConfig? config, TimeProvider time)
    {
        if (config is null)
        {
            return [];
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(config.File, config.KeyFile);
            return [Examine(certificate, time.GetUtcNow().UtcDateTime)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return [Finding.Error(DoctorAreas.Port, Subject, $"{config.File} and {config.KeyFile} cannot be used: {exception.Message}", "Give a certificate and its key in PEM.")];
        }
    }

    private static Finding Examine(X509Certificate2 certificate, DateTime now)
    {
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        var text = $"for {certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)}, valid from {from:yyyy-MM-dd} to {until:yyyy-MM-dd}";
        return now < from || now > until ? Finding.Error(DoctorAreas.Port, Subject, text, "Have it renewed; the files are read again when they change.")
            : until - now < SoonOver ? Finding.Warning(DoctorAreas.Port, Subject, text, "Renew it soon; the files are read again when they change.")
            : Finding.Ok(DoctorAreas.Port, Subject, text);
    }
}
