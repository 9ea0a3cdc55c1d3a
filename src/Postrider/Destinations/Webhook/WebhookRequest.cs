using System.Buffers;
using System.Globalization;
using System.Net;

namespace Postrider.Destinations.Webhook;

/// <summary>A request that is used again and again: what all attempts have in common stays, what an attempt brings is replaced.</summary>
/// <remarks>
/// A new request with its content and headers costs a third of what a delivery allocates. Sending one twice is legal with
/// <see cref="HttpMessageInvoker"/>. Headers go in unchecked, because the settings were checked.
/// </remarks>
internal sealed class WebhookRequest : HttpRequestMessage
{
    private const int TraceParentLength = 55;

    private static readonly SearchValues<char> TraceParentChars = SearchValues.Create("0123456789abcdef-");

    private readonly EventContent _content = new();

    public WebhookRequest(Uri url, IEnumerable<KeyValuePair<string, string>> headers)
        : base(HttpMethod.Post, url)
    {
        // HTTP/2 where TLS can offer it: 64 attempts then share a connection and its handshake. Without TLS there is nothing to
        // ask, and HTTP/1.1 is the cheaper one for us.
        Version = url.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        Content = _content;
        foreach (var (name, value) in headers)
        {
            if (!Headers.TryAddWithoutValidation(name, value))
            {
                _content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    public void Fill(in DeliveryAttempt attempt, long timestamp, string? signature)
    {
        var posted = attempt.Event;
        _content.Body = posted.Body;
        _content.Headers.ContentLength = posted.Body.Length;
        Replace("webhook-id", posted.Id);
        Replace("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        Replace("webhook-signature", signature);
        Replace("postrider-attempt", attempt.Attempt.ToString(CultureInfo.InvariantCulture));
        Replace("postrider-sequence", posted.Sequence.ToString(CultureInfo.InvariantCulture));
        Replace("traceparent", IsTraceParent(posted.TraceParent) ? posted.TraceParent : null);
    }

    /// <summary>Lets go of the event's bytes.</summary>
    public void Empty() => _content.Body = default;

    private void Replace(string name, string? value)
    {
        Headers.Remove(name);
        if (value is not null)
        {
            Headers.TryAddWithoutValidation(name, value);
        }
    }

    // It was a stranger's header once: only what can be one goes out again.
    private static bool IsTraceParent(string? text) => text is { Length: TraceParentLength } && !text.AsSpan().ContainsAnyExcept(TraceParentChars);

    private sealed class EventContent : HttpContent
    {
        public ReadOnlyMemory<byte> Body { get; set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            stream.WriteAsync(Body, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = Body.Length;
            return true;
        }
    }
}
