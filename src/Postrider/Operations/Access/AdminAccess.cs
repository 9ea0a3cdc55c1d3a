using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Operations.Access;

/// <summary>
/// Who may do what on the admin listener. Tokens, logins and proxies keep strangers out; the checks of Host and Origin keep out web pages that run
/// in an operator's own browser: one that points its name at 127.0.0.1 (DNS rebinding) sends its own name as Host, and one that posts
/// across sites sends its own Origin.
/// </summary>
/// <remarks>1 is the host one of ours · 2 does another page call · 3 who calls · 4 do they mean it, where a browser speaks for them · 5 may they.</remarks>
internal sealed partial class AdminAccess(RequestDelegate next, Authentication authentication, ILogger<AdminAccess> logger)
{
    private static readonly PathString Api = "/api";

    // What browsers open as pages is none of these.
    private static readonly PathString[] NoPages = [Api, "/metrics", "/openapi.json", "/_blazor", "/_framework", "/_content"];

    public Task InvokeAsync(HttpContext context)
    {
        SecurityHeaders.Add(context.Response);
        var request = context.Request;
        var settings = authentication.Settings;
        var rule = RuleOf(context);
        if (RefuseHost(request, rule, settings) is { } unknown)
        {
            return RefuseAsync(context, settings, StatusCodes.Status403Forbidden, unknown);
        }

        if (SameOrigin.IsDenied(request))
        {
            return RefuseAsync(context, settings, StatusCodes.Status403Forbidden, "The call comes from a page of another origin.");
        }

        return rule.Needs is { } needed ? AdmitAsync(context, settings, needed) : next(context);
    }

    // An endpoint of the API that says nothing is for operators; what the host adds (pages and their files, metrics) is for all who are known.
    private static AccessRule RuleOf(HttpContext context) => context.GetEndpoint() is RouteEndpoint endpoint
        ? endpoint.Metadata.GetMetadata<AccessRule>() ?? (context.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase) ? AccessRule.Operator : AccessRule.Reader)
        : AccessRule.Reader;

    private static bool IsLocalHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";

    private static bool IsPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !Array.Exists(NoPages, path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));

    private string? RefuseHost(HttpRequest request, AccessRule rule, AccessSettings settings)
    {
        var host = request.Host.Host;
        if (host.Length > 0 && settings.Config.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        if (authentication.IsLoopback)
        {
            return IsLocalHost(host) ? null : "This listener serves localhost only: the Host header names another.";
        }

        // Orchestrators ask for health by whatever address a machine has.
        return host.Length > 0 && (settings.Config.Hosts.Count == 0 || rule.Needs is null) ? null : "The Host header names none of admin.hosts.";
    }

    private async Task AdmitAsync(HttpContext context, AccessSettings settings, OperatorRole needed)
    {
        var caller = authentication.Find(context, settings);
        if (caller.By is not { } by)
        {
            await ChallengeAsync(context, settings, caller).ConfigureAwait(false);
            return;
        }

        if (caller.IsAmbient && SameOrigin.IsWanted(context.Request) && !SameOrigin.IsProven(context.Request))
        {
            await RefuseAsync(context, settings, StatusCodes.Status403Forbidden, "A browser that changes something must say in Origin that a page of this server asks for it.")
                .ConfigureAwait(false);
            return;
        }

        if (by.Role < needed)
        {
            await RefuseAsync(context, settings, StatusCodes.Status403Forbidden, $"'{by.Name}' is a reader; this needs an operator.").ConfigureAwait(false);
            return;
        }

        context.User = OperatorClaims.ToPrincipal(by);
        context.Features.Set(by);

        // What stays open must not outlive the login: the console's connection, a tail.
        using var end = caller.Session?.Ended.Register(context.Abort);
        await next(context).ConfigureAwait(false);
    }

    private Task ChallengeAsync(HttpContext context, AccessSettings settings, Caller caller)
    {
        if (caller.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return RefuseAsync(context, settings, StatusCodes.Status429TooManyRequests, caller.Refusal!);
        }

        if (IsPage(context.Request) && !settings.Tokens.IsEmpty)
        {
            return LoginPage.SendThereAsync(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return RefuseAsync(context, settings, StatusCodes.Status401Unauthorized, caller.Refusal!);
    }

    private Task RefuseAsync(HttpContext context, AccessSettings settings, int status, string reason)
    {
        Log.Refused(logger, settings.ClientOf(context), status, reason);
        return AdminAnswers.RefuseAsync(context, status, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.AdminCallRefused, LogLevel.Warning, "Admin call from {RemoteAddress} refused with {Status}: {Reason}")]
        public static partial void Refused(ILogger logger, IPAddress? remoteAddress, int status, string reason);
    }
}
