using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Http;

/// <summary>Connects to a server as a delivery would, through the same guard and with the same certificates, says what it saw, and hangs up.</summary>
internal sealed class ConnectionProbe(GuardedConnectionFactory connections, TimeProvider time, Func<SslClientAuthenticationOptions?> loadTls, string area = "destination")
{
    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    /// <param name="name">What the findings are about.</param>
    /// <param name="url">Where it sends.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(string name, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await connections.OpenAsync(new DnsEndPoint(url.IdnHost, url.Port), cancellationToken);
            await using (stream.ConfigureAwait(false))
            {
                return url.Scheme == Uri.UriSchemeHttps
                    ? await ExamineTlsAsync(name, url, stream, cancellationToken)
                    : [DescribePlain(name, url)];
            }
        }
        catch (OutboundConnectionException exception)
        {
            return [Finding.Error(area, name, exception.Message, exception.ErrorClass switch
            {
                "blocked" => "Allow the address as the text says, if it is meant; addresses of one's own network are refused unless they are.",
                "dns" => "Look at the host's name in the URL, and at this machine's name server.",
                _ => "Look whether the receiver runs and listens there, and at firewalls between.",
            })];
        }
    }

    private Finding DescribePlain(string name, Uri url)
    {
        var text = $"{url.Authority} takes connections";
        return url.IsLoopback ? Finding.Ok(area, name, text) : Finding.Warning(
            area, name, $"{text}, without TLS: what is sent travels in clear", "Use an https URL, unless the network between is yours.");
    }

    private async Task<IReadOnlyList<Finding>> ExamineTlsAsync(string name, Uri url, Stream stream, CancellationToken cancellationToken)
    {
        var seen = new SeenCertificate(area);
        var options = loadTls() ?? new SslClientAuthenticationOptions();
        options.TargetHost = url.IdnHost;
        options.RemoteCertificateValidationCallback = seen.Take;
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        await using var _ = tls.ConfigureAwait(false);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return [Finding.Error(area, name, $"TLS with {url.Authority} failed: {exception.Message}", "Look whether the port speaks TLS, and whether it asks for a client certificate.")];
        }

        return seen.Describe(name, url.Authority, tls.SslProtocol, time.GetUtcNow());
    }

    // Lets the handshake go on whatever the certificate is: it is the finding.
    private sealed class SeenCertificate(string area)
    {
        private SslPolicyErrors _errors;
        private string _chain = "";
        private DateTime _notAfter;
        private DateTime _notBefore;
        private string _issuer = "";

        public bool Take(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            _errors = errors;
            if (certificate is X509Certificate2 shown)
            {
                (_notBefore, _notAfter) = (shown.NotBefore.ToUniversalTime(), shown.NotAfter.ToUniversalTime());
                _issuer = shown.GetNameInfo(X509NameType.SimpleName, forIssuer: true);
            }

            _chain = string.Join("; ", (chain?.ChainStatus ?? []).Select(status => status.StatusInformation.Trim().TrimEnd('.')).Distinct());
            return true;
        }

        public IReadOnlyList<Finding> Describe(string name, string authority, SslProtocols protocol, DateTimeOffset now)
        {
            var until = $"{_notAfter:yyyy-MM-dd}";
            if (now.UtcDateTime > _notAfter || now.UtcDateTime < _notBefore)
            {
                return [Finding.Error(area, name, $"the certificate of {authority} is valid from {_notBefore:yyyy-MM-dd} to {until} only", "Have it renewed, or look at this machine's clock.")];
            }

            if (_errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            {
                return [Finding.Error(area, name, $"the certificate of {authority} is for another name", "Use the name in the URL that the certificate has.")];
            }

            if (_errors != SslPolicyErrors.None)
            {
                return [Finding.Error(
                    area, name, $"the certificate of {authority}, issued by {_issuer}, is not trusted: {(_chain.Length > 0 ? _chain : _errors)}",
                    "Name the receiver's own authority with ca, or have the receiver send its whole chain.")];
            }

            if (_notAfter - now.UtcDateTime < SoonOver)
            {
                var days = (int)(_notAfter - now.UtcDateTime).TotalDays;
                return [Finding.Warning(area, name, $"the certificate of {authority} ends on {until}, in {days} days", "Have the receiver renew it.")];
            }

            return [Finding.Ok(area, name, $"{authority} takes connections; {Spell(protocol)}, certificate by {_issuer}, valid until {until}")];
        }

        private static string Spell(SslProtocols protocol) => protocol switch
        {
            SslProtocols.Tls13 => "TLS 1.3",
            SslProtocols.Tls12 => "TLS 1.2",
            _ => protocol.ToString(),
        };
    }
}
