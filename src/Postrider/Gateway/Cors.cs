using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Postrider.Gateway;

/// <summary>Lets pages of other origins send events and read the answers, errors too.</summary>
/// <remarks>
/// Headers follow what any of the sources allows, because a preflight carries no key and an error may come before the source is known. Whether a
/// request is taken is another question: its own source answers that.
/// </remarks>
internal static class Cors
{
    // What the SDKs read from an answer that is not theirs to see unless it is exposed.
    private const string Exposed = "Retry-After, X-RateLimit-Reset, Postrider-Event-Id, Postrider-Rejected-Events";

    // As long as Chromium keeps a preflight's answer at most, in seconds.
    private const string MaxAge = "7200";

    /// <summary>The origin that the request names; null: none, so it is no page's. Several are one that nobody allows by name.</summary>
    public static string? OriginOf(HttpContext context) => context.Request.Headers.Origin is { Count: > 0 } origin && origin.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Adds what a page needs to read the answer, and answers what its browser asks before it sends. To be called before the answer is written.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sources">All sources.</param>
    /// <param name="method">What the path takes.</param>
    /// <returns>True: the browser has asked, and is answered.</returns>
    public static bool TryAnswerPreflight(HttpContext context, SourceTable sources, string method)
    {
        if (IsPreflight(context))
        {
            AnswerPreflight(context, sources, method);
            return true;
        }

        AddHeaders(context, sources);
        return false;
    }

    private static bool IsPreflight(HttpContext context) =>
        HttpMethods.IsOptions(context.Request.Method)
        && context.Request.Headers.ContainsKey(HeaderNames.Origin)
        && context.Request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod);

    // Whether some source allows the origin.
    private static bool AddHeaders(HttpContext context, SourceTable sources)
    {
        if (OriginOf(context) is not { } origin)
        {
            return false;
        }

        var headers = context.Response.Headers;
        headers.Vary = HeaderNames.Origin;
        if (sources.Lists(origin))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlAllowCredentials = "true";
        }
        else if (sources.TakesAnyOrigin)
        {
            // A page may then not send its cookies along; nothing here would read them.
            headers.AccessControlAllowOrigin = "*";
        }
        else
        {
            return false;
        }

        headers.AccessControlExposeHeaders = Exposed;
        return true;
    }

    private static void AnswerPreflight(HttpContext context, SourceTable sources, string methods)
    {
        if (AddHeaders(context, sources))
        {
            var headers = context.Response.Headers;
            headers.AccessControlAllowMethods = methods;
            headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
            headers.AccessControlMaxAge = MaxAge;
            headers.Vary = "Origin, Access-Control-Request-Headers";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
