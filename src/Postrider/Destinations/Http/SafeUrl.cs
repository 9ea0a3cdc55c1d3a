namespace Postrider.Destinations.Http;

/// <summary>URLs as they may be shown: user info and query often hold secrets.</summary>
internal static class SafeUrl
{
    public static string Of(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        ? $"{parsed.Scheme}://{parsed.Authority}{parsed.AbsolutePath}"
        : "invalid";
}
