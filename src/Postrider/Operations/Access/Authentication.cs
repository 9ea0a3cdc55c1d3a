using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;

namespace Postrider.Operations.Access;

/// <summary>Finds out who calls: by a token, by a login, by a trusted proxy's word, or, where nobody can prove anything and nobody else can come, by being here.</summary>
internal sealed class Authentication(IConfigStore config, Sessions sessions, LoginThrottle throttle)
{
    private const string Scheme = "Bearer ";
    private const int MaxNameLength = 256;

    // As many letters as `openssl rand -hex 16` gives.
    private const int Unguessable = 32;

    private AccessSettings? _settings;

    // A reload cannot move a listener, so the address it began with is the one that counts.
    public bool IsLoopback { get; } = IsLoopbackListener(config.Current.Admin.Listen);

    /// <summary>Of the configuration in force.</summary>
    public AccessSettings Settings
    {
        get
        {
            var admin = config.Current.Admin;
            var settings = Volatile.Read(ref _settings);
            if (settings is null || !ReferenceEquals(settings.Config, admin))
            {
                settings = new AccessSettings(admin);
                Volatile.Write(ref _settings, settings);
            }

            return settings;
        }
    }

    public Caller Find(HttpContext context, AccessSettings settings)
    {
        var headers = context.Request.Headers;
        var from = settings.ClientOf(context);
        if (settings.AsksNobody)
        {
            return IsLoopback
                ? new Caller(new Operator("local", OperatorRole.Operator) { From = from?.ToString() })
                : Caller.Refused("This listener is not on loopback and neither admin.token nor admin.trustedProxies is configured, so it answers health only.");
        }

        // Before the token: proxies may hand on a token of their own kind in Authorization.
        if (settings.IsTrustedProxy(context.Connection.RemoteIpAddress) && headers[settings.Config.UserHeader] is { Count: > 0 } users)
        {
            return FindUser(users, headers, from?.ToString(), settings.Config);
        }

        if (headers.Authorization.ToString() is var given && given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && !settings.Tokens.IsEmpty)
        {
            return TryToken(given.AsSpan(Scheme.Length).Trim(), context, settings, out _);
        }

        if (SessionCookie.Read(context) is { } secret && sessions.Find(secret, settings.Tokens) is { } session)
        {
            return new Caller(session.By with { From = from?.ToString() }, session, IsAmbient: true);
        }

        return Caller.Refused(settings.Tokens.IsEmpty
            ? "Come by a trusted proxy that says who you are."
            : "Send the admin token as 'Authorization: Bearer TOKEN', or log in at /login.");
    }

    /// <summary>Who a token makes of its owner. Wrong ones are counted.</summary>
    public Caller TryToken(ReadOnlySpan<char> token, HttpContext context, AccessSettings settings, out byte[] digest)
    {
        var from = settings.ClientOf(context);
        var found = settings.Tokens.Find(token, out digest);

        // Who wears an address out, on purpose or not, must not lock out others behind it. A right token that nobody can guess need not wait:
        // that it is let through tells nobody anything.
        if ((found is null || token.Length < Unguessable) && !throttle.MayTry(from, out var retryAfter))
        {
            return Caller.Refused("Too many wrong tokens came from this address: wait, then try again.", retryAfter);
        }

        if (found is { } role)
        {
            return new Caller(new Operator(role is OperatorRole.Operator ? "token" : "read-token", role) { From = from?.ToString() });
        }

        throttle.Fail(from);
        return Caller.Refused("The token is wrong.");
    }

    internal static bool IsLoopbackListener(string listen) => ListenAddress.TryParse(listen, out var address) && address.IsLoopback;

    private static Caller FindUser(StringValues users, IHeaderDictionary headers, string? from, AdminConfig admin)
    {
        // Twice means that one of them is not the proxy's: it must replace what clients send, not add to it.
        if (users is not [{ Length: > 0 and <= MaxNameLength } name] || name.Any(char.IsControl))
        {
            return Caller.Refused($"The proxy's header {admin.UserHeader} must be there once and hold a name.");
        }

        if (admin.GroupsHeader is not { } groupsHeader)
        {
            return new Caller(new Operator(name, OperatorRole.Operator) { From = from }, IsAmbient: true);
        }

        var groups = headers[groupsHeader].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        OperatorRole? role = groups.Intersect(admin.OperatorGroups).Any() ? OperatorRole.Operator : groups.Intersect(admin.ReaderGroups).Any() ? OperatorRole.Reader : null;
        return role is { } found
            ? new Caller(new Operator(name, found) { From = from }, IsAmbient: true)
            : Caller.Refused($"None of the groups of '{name}' is in admin.operatorGroups or admin.readerGroups.");
    }
}
