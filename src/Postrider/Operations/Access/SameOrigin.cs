using Microsoft.AspNetCore.Http;

namespace Postrider.Operations.Access;

/// <summary>Whether a call comes from a page of ours. Browsers say so in <c>Origin</c> and <c>Sec-Fetch-Site</c>, which no page can set.</summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>The call says that it comes from elsewhere.</summary>
    public static bool IsDenied(HttpRequest request) =>
        (request.Headers.Origin is { Count: > 0 } origin && !IsOurs(origin, request.Host))
        || (IsWanted(request) && request.Headers[FetchSite] is ["cross-site" or "same-site"]);

    /// <summary>The call proves that it comes from a page of ours.</summary>
    public static bool IsProven(HttpRequest request) =>
        request.Headers.Origin is { Count: > 0 } origin && IsOurs(origin, request.Host)
        && request.Headers[FetchSite] is { Count: 0 } or [null or "" or "same-origin"];

    /// <summary>Changes something, or opens a connection by which something may be changed.</summary>
    public static bool IsWanted(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) || IsWebSocket(request);

    public static bool IsWebSocket(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) || request.Headers.Upgrade.Contains("websocket", StringComparer.OrdinalIgnoreCase);

    /// <summary>Someone followed a link from another site, so the browser kept our cookie to itself.</summary>
    public static bool IsLinkFromElsewhere(HttpRequest request) => request.Headers[FetchSite] is ["cross-site" or "same-site"] && request.Headers["Sec-Fetch-Mode"] == "navigate";

    private static bool IsOurs(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && host.HasValue
        && page.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (host.Port ?? (page.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}
