using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace Postrider.Destinations.Webhook;

/// <summary>Makes the request of an attempt. One of the hot loops: headers go in unchecked, because the settings were checked.</summary>
internal sealed class WebhookRequests : IDisposable
{
    private const int TraceParentLength = 55;

    private static readonly SearchValues<char> TraceParentChars = SearchValues.Create("0123456789abcdef-");

    private static readonly string UserAgent =
        "Postrider/" + (typeof(WebhookRequests).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    private readonly Uri _url;
    private readonly Version _version;
    private readonly WebhookSigner _signer;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, string>[] _headers;
    private readonly KeyValuePair<string, string>[] _contentHeaders;

    public WebhookRequests(WebhookSettings settings, TimeProvider time)
    {
        _url = new Uri(settings.Url);
        _signer = new WebhookSigner(settings.AllSecrets);
        _time = time;

        // HTTP/2 where TLS can offer it: 64 attempts then share a connection and its handshake. Without TLS there is nothing to
        // ask, and HTTP/1.1 is the cheaper one for us.
        _version = _url.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
        var given = settings.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        given.TryAdd("User-Agent", UserAgent);
        given.TryAdd("Content-Type", "application/json");
        _headers = [.. given.Where(header => IsOfRequest(header.Key))];
        _contentHeaders = [.. given.Where(header => !IsOfRequest(header.Key))];
    }

    public HttpRequestMessage Create(in DeliveryAttempt attempt)
    {
        var posted = attempt.Event;
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Version = _version,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(posted.Body),
        };
        Add(request.Content.Headers, _contentHeaders);
        Add(request.Headers, _headers);
        AddAttempt(request.Headers, attempt, timestamp);
        if (_signer.Sign(posted.Id, timestamp, posted.Body.Span) is { } signature)
        {
            request.Headers.TryAddWithoutValidation("webhook-signature", signature);
        }

        return request;
    }

    public void Dispose() => _signer.Dispose();

    private static void AddAttempt(HttpRequestHeaders headers, in DeliveryAttempt attempt, long timestamp)
    {
        headers.TryAddWithoutValidation("webhook-id", attempt.Event.Id);
        headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation("postrider-attempt", attempt.Attempt.ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation("postrider-sequence", attempt.Event.Sequence.ToString(CultureInfo.InvariantCulture));
        if (IsTraceParent(attempt.Event.TraceParent))
        {
            headers.TryAddWithoutValidation("traceparent", attempt.Event.TraceParent);
        }
    }

    private static void Add(HttpHeaders headers, KeyValuePair<string, string>[] values)
    {
        foreach (var (name, value) in values)
        {
            headers.TryAddWithoutValidation(name, value);
        }
    }

    // It was a stranger's header once: only what can be one goes out again.
    private static bool IsTraceParent(string? text) =>
        text is { Length: TraceParentLength } && !text.AsSpan().ContainsAnyExcept(TraceParentChars);

    private static bool IsOfRequest(string name)
    {
        using var probe = new HttpRequestMessage();
        return probe.Headers.TryAddWithoutValidation(name, "");
    }
}
