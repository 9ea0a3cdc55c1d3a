using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Operations.Access;

/// <summary>The way in and out for browsers.</summary>
internal sealed partial class LoginEndpoints(Authentication authentication, Sessions sessions, ILogger<LoginEndpoints> logger)
{
    private const int MaxFormBytes = 16 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(LoginPage.Path, AdminCalls.Reading, ShowAsync).WithMetadata(AccessRule.Open);
        routes.MapPost(LoginPage.Path, LogInAsync).WithMetadata(AccessRule.Open);
        routes.MapPost("/logout", LogOutAsync).WithMetadata(AccessRule.Open);
    }

    private static void Lead(HttpContext context, string url)
    {
        // See other: what follows is a GET.
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = url;
        context.Response.Headers.CacheControl = "no-store";
    }

    private async Task ShowAsync(HttpContext context)
    {
        var returnUrl = LoginPage.SafeReturn(context.Request.Query["returnUrl"]);
        var settings = authentication.Settings;
        if (authentication.Find(context, settings).By is not null)
        {
            Lead(context, returnUrl);
            return;
        }

        await LoginPage.AnswerAsync(
            context, StatusCodes.Status200OK, returnUrl, settings.Tokens.IsEmpty ? "No token is configured here: come by the proxy." : null).ConfigureAwait(false);
    }

    private async Task LogInAsync(HttpContext context)
    {
        if (await CallParameters.ReadBodyAsync(context.Request, MaxFormBytes).ConfigureAwait(false) is not { } body)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"The form is larger than {MaxFormBytes} bytes.").ConfigureAwait(false);
            return;
        }

        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
        var returnUrl = LoginPage.SafeReturn(form.GetValueOrDefault("returnUrl"));
        var settings = authentication.Settings;
        var caller = authentication.TryToken(form.GetValueOrDefault("token").ToString().AsSpan().Trim(), context, settings, out var digest);
        if (caller.By is { } by)
        {
            SessionCookie.Set(context, sessions.Begin(by, digest), settings.IsHttps(context));
            Log.LoggedIn(logger, by.Name, settings.ClientOf(context));
            Lead(context, returnUrl);
            return;
        }

        Log.LoginFailed(logger, settings.ClientOf(context), caller.Refusal!);
        if (caller.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await LoginPage.AnswerAsync(
            context, caller.RetryAfter is null ? StatusCodes.Status401Unauthorized : StatusCodes.Status429TooManyRequests, returnUrl, caller.Refusal).ConfigureAwait(false);
    }

    private Task LogOutAsync(HttpContext context)
    {
        if (SessionCookie.Read(context) is { } secret)
        {
            // The cookie is Strict and calls from other origins do not come so far; a call without Origin is no page's.
            sessions.End(secret);
            SessionCookie.Remove(context);
        }

        Lead(context, LoginPage.Path);
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LoggedIn, LogLevel.Information, "'{Name}' logged in from {RemoteAddress}")]
        public static partial void LoggedIn(ILogger logger, string name, IPAddress? remoteAddress);

        [LoggerMessage(LogEvents.LoginFailed, LogLevel.Warning, "A login from {RemoteAddress} failed: {Reason}")]
        public static partial void LoginFailed(ILogger logger, IPAddress? remoteAddress, string reason);
    }
}
