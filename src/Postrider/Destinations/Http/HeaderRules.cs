using System.Buffers;

namespace Postrider.Destinations.Http;

/// <summary>Which headers a user may add to the requests.</summary>
internal static class HeaderRules
{
    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What belongs to the connection or describes the bytes: another value would break the message or lie about it.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Expect", "Host", "Keep-Alive", "Proxy-Authenticate",
        "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    private static readonly string[] OwnPrefixes = ["webhook-", "postrider-"];

    /// <summary>What is wrong with the header, without its value; null: nothing.</summary>
    public static string? Mistake(string name, string? value)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenChars))
        {
            return "is no header name: letters, digits and !#$%&'*+-.^_`|~ are possible";
        }

        if (Reserved.Contains(name))
        {
            return "cannot be set: it belongs to the connection or describes the body";
        }

        if (string.Equals(name, "traceparent", StringComparison.OrdinalIgnoreCase)
            || Array.Exists(OwnPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        {
            return "cannot be set: Postrider sets it";
        }

        if (value is null)
        {
            return "needs a value";
        }

        return value.Any(c => c is (< ' ' or > '~') and not '\t') ? "has a value with a line break, a control character or a character beyond ASCII" : null;
    }

    /// <summary>The same for a header whose value changes from request to request: it cannot be one that describes the body.</summary>
    public static string? TemplateMistake(string name, string? value)
    {
        if (Mistake(name, value) is { } mistake)
        {
            return mistake;
        }

        using var probe = new HttpRequestMessage();
        return probe.Headers.TryAddWithoutValidation(name, "") ? null : "describes the body; it can be set under headers only";
    }
}
