using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Gateway;

/// <summary>
/// A certificate from PEM files, read again when they have changed; a handshake looks, at most once a second. Files that cannot
/// be used leave the old certificate in place.
/// </summary>
internal sealed partial class ReloadingCertificate
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly CertificateConfig _files;
    private readonly TimeProvider _time;
    private readonly ILogger<ReloadingCertificate> _logger;
    private readonly Lock _looking = new();
    private volatile SslStreamCertificateContext _current;
    private CertificateStamp? _stamp;
    private long _lookedAt;

    /// <summary>Reads the files.</summary>
    /// <exception cref="CertificateUnusableException">They cannot be used: at the start there is nothing to fall back on.</exception>
    public ReloadingCertificate(CertificateConfig files, TimeProvider time, ILogger<ReloadingCertificate> logger)
    {
        _files = files;
        _time = time;
        _logger = logger;
        _lookedAt = time.GetTimestamp();
        try
        {
            _stamp = CertificateStamp.Of(files);
            _current = Load();
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new CertificateUnusableException($"The certificate in {files.File} with the key in {files.KeyFile} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The options of one handshake, with the newest certificate that was good.</summary>
    public SslServerAuthenticationOptions ForNextHandshake()
    {
        Look();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _current,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
    }

    private void Look()
    {
        if (!_looking.TryEnter())
        {
            // Another handshake is looking; this one takes what there is.
            return;
        }

        try
        {
            if (_time.GetElapsedTime(_lookedAt) < LookEvery)
            {
                return;
            }

            _lookedAt = _time.GetTimestamp();
            ReloadIfChanged();
        }
        finally
        {
            _looking.Exit();
        }
    }

    // The stamp is taken before the files are read: a change in between is seen at the next look. It is kept for bad files too,
    // so that each is reported once.
    private void ReloadIfChanged()
    {
        CertificateStamp? stamp = null;
        try
        {
            stamp = CertificateStamp.Of(_files);
            if (stamp != _stamp)
            {
                _current = Load();
                Log.CertificateLoaded(_logger, _files.File, _current.TargetCertificate.NotAfter.ToUniversalTime());
            }
        }
        catch (Exception e) when (IsUnusable(e))
        {
            if (stamp != _stamp)
            {
                Log.CertificateUnusable(_logger, _files.File, _files.KeyFile, e.Message);
            }
        }

        _stamp = stamp;
    }

    private SslStreamCertificateContext Load()
    {
        var leaf = X509Certificate2.CreateFromPemFile(_files.File, _files.KeyFile);
        if (OperatingSystem.IsWindows())
        {
            // Schannel cannot use a key that lives in memory only.
            using var ephemeral = leaf;
            leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_files.File);
        chain.RemoveAt(0);

        // Offline: the file holds the chain, and a handshake must not wait for someone else's server.
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private static bool IsUnusable(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;

    private static partial class Log
    {
        [LoggerMessage(LogEvents.CertificateLoaded, LogLevel.Information, "The certificate in {File} has changed: new connections get it. It is good until {NotAfter:u}.")]
        public static partial void CertificateLoaded(ILogger logger, string file, DateTime notAfter);

        [LoggerMessage(LogEvents.CertificateUnusable, LogLevel.Warning, "The certificate in {File} with the key in {KeyFile} has changed but cannot be used, so the old one stays: {Reason}")]
        public static partial void CertificateUnusable(ILogger logger, string file, string keyFile, string reason);
    }
}
