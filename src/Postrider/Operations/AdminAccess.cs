using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Operations;

/// <summary>
/// Who may call the admin listener. The token keeps strangers out; the checks of Host and Origin keep out web pages that run in an
/// operator's own browser: one that points its name at 127.0.0.1 (DNS rebinding) sends its own name as Host, and one that posts
/// across sites sends its own Origin.
/// </summary>
internal sealed partial class AdminAccess
{
    private const string Scheme = "Bearer ";

    private readonly RequestDelegate _next;
    private readonly IConfigStore _config;
    private readonly ILogger<AdminAccess> _logger;
    private readonly bool _isLoopback;

    public AdminAccess(RequestDelegate next, IConfigStore config, ILogger<AdminAccess> logger)
    {
        _next = next;
        _config = config;
        _logger = logger;

        // A reload cannot move a listener, so the address it began with is the one that counts.
        _isLoopback = IsLoopbackListener(config.Current.Admin.Listen);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (_isLoopback ? !IsLocalHost(request.Host.Host) : !request.Host.HasValue)
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "This listener serves localhost only: the Host header names another.");
        }

        if (request.Headers.Origin is { Count: > 0 } origin && !IsSameOrigin(origin, request.Host))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "The call comes from a page of another origin.");
        }

        if (!request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && Refuse(request) is { } reason)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, reason);
        }

        return _next(context);
    }

    internal static bool IsLoopbackListener(string listen) =>
        Uri.TryCreate(listen, UriKind.Absolute, out var address)
        && (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));

    private static bool IsLocalHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";

    private static bool IsSameOrigin(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && host.HasValue
        && page.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (host.Port ?? (page.Scheme == Uri.UriSchemeHttps ? 443 : 80));

    /// <summary>Null: the call carries the right token, or none is asked.</summary>
    private string? Refuse(HttpRequest request)
    {
        var token = _config.Current.Admin.Token;
        if (token.Length == 0)
        {
            return _isLoopback ? null : "This listener is not on loopback and no admin.token is configured, so it answers health only.";
        }

        var given = request.Headers.Authorization.ToString();
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return "Send the admin token as 'Authorization: Bearer TOKEN'.";
        }

        return CryptographicOperations.FixedTimeEquals(Digest(given.AsSpan(Scheme.Length).Trim()), Digest(token)) ? null : "The token is wrong.";
    }

    /// <summary>Of one length whatever is given, so that the comparison does not tell the token's length either.</summary>
    private static byte[] Digest(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        return SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
    }

    private Task RefuseAsync(HttpContext context, int status, string reason)
    {
        Log.Refused(_logger, context.Connection.RemoteIpAddress, status, reason);
        return AdminAnswers.RefuseAsync(context, status, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.AdminCallRefused, LogLevel.Warning, "Admin call from {RemoteAddress} refused with {Status}: {Reason}")]
        public static partial void Refused(ILogger logger, IPAddress? remoteAddress, int status, string reason);
    }
}
