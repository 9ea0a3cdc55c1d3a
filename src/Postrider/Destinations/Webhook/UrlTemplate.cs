using System.Diagnostics.CodeAnalysis;
using System.Text;
using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>A URL whose path and query may hold fields of the event. Its scheme, host and port never do.</summary>
internal sealed class UrlTemplate
{
    private readonly Uri _server;
    private readonly EventTemplate _path;
    private readonly EventTemplate _query;

    private UrlTemplate(Uri server, EventTemplate path, EventTemplate query)
    {
        _server = server;
        _path = path;
        _query = query;
    }

    public bool HasFields => _path.HasFields || _query.HasFields;

    /// <summary>Whether a URL is meant as a template: braces have no place in a plain one.</summary>
    public static bool IsOne(string url) => url.AsSpan().ContainsAny('{', '}');

    public static UrlTemplate Parse(string url) => TryParse(url, out var template, out var mistake) ? template : throw new FormatException(mistake);

    public static bool TryParse(string url, [NotNullWhen(true)] out UrlTemplate? template, [NotNullWhen(false)] out string? mistake)
    {
        template = null;
        var (server, path, query) = Split(url);
        if (IsOne(server) || url.Contains('\\', StringComparison.Ordinal) || !Uri.TryCreate(server, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
        {
            mistake = "may have fields in its path and query only, as https://crm.example.com/users/{userId}?plan={payload.plan:-}";
            return false;
        }

        if (!EventTemplate.TryParse(path, out var pathTemplate, out mistake) || !EventTemplate.TryParse(query, out var queryTemplate, out mistake))
        {
            return false;
        }

        template = new UrlTemplate(parsed, pathTemplate, queryTemplate);
        return true;
    }

    /// <summary>The URL for an event, or what is wrong with the event.</summary>
    public string? Fill(Event from, out Uri url)
    {
        url = _server;
        var text = new StringBuilder();
        var mistake = _path.Fill(from, Uri.EscapeDataString, mayBeEmpty: false, text);
        if (mistake is null && text.ToString().Split('/').Any(IsDots))
        {
            // "." and ".." would be taken out of the path, and the request would go elsewhere.
            mistake = "a field makes a part of the path '.' or '..'";
        }

        mistake ??= _query.Fill(from, Uri.EscapeDataString, mayBeEmpty: true, text);
        if (mistake is not null)
        {
            return $"{mistake}; the URL takes it";
        }

        url = new Uri(_server.GetLeftPart(UriPartial.Authority) + text);
        return null;
    }

    private static bool IsDots(string segment) => segment.Contains('.', StringComparison.Ordinal) || segment.Contains("%2", StringComparison.Ordinal)
        ? Uri.UnescapeDataString(segment) is "." or ".."
        : false;

    // Where the path begins, even if a slash is missing.
    private static (string Server, string Path, string Query) Split(string url)
    {
        var begin = url.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        var slash = url.AsSpan(begin).IndexOfAny('/', '?');
        if (slash < 0)
        {
            return (url, "/", "");
        }

        var rest = url[(begin + slash)..];
        rest = rest[0] == '?' ? "/" + rest : rest;
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (url[..(begin + slash)], rest, "") : (url[..(begin + slash)], rest[..question], rest[question..]);
    }
}
