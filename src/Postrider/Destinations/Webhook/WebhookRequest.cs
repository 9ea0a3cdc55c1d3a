using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;

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
    private string _id = "";
    private string? _authorization;
    private PooledBytes? _owned;

    public WebhookRequest(HttpMethod method, Uri url, IEnumerable<KeyValuePair<string, string>> headers)
        : base(method, url)
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

    /// <summary>Takes one event, byte for byte.</summary>
    public void Carry(in DeliveryAttempt attempt)
    {
        var posted = attempt.Event;
        _content.Body = posted.Body;
        _id = posted.Id;
        Replace("postrider-attempt", attempt.Attempt.ToString(CultureInfo.InvariantCulture));
        Replace("postrider-sequence", posted.Sequence.ToString(CultureInfo.InvariantCulture));
        Replace("traceparent", PostriderTracing.Current?.Id ?? (IsTraceParent(posted.TraceParent) ? posted.TraceParent : null));
    }

    /// <summary>Takes several events, in a body made for them.</summary>
    public void Carry(IReadOnlyList<DeliveryAttempt> batch, BatchBody writer)
    {
        Own(writer.Write(batch));
        _id = BatchBody.IdOf(batch);
        var attempt = 1;
        foreach (var each in batch)
        {
            attempt = Math.Max(attempt, each.Attempt);
        }

        Replace("postrider-batch", batch.Count.ToString(CultureInfo.InvariantCulture));
        Replace("postrider-attempt", attempt.ToString(CultureInfo.InvariantCulture));

        // Its events have traces of their own: only the span of the batch, which links to them, can speak for all.
        Replace("traceparent", PostriderTracing.Current?.Id);
    }

    /// <summary>Compresses the body where it is longer than the threshold and becomes shorter by it.</summary>
    public void Compress(long above)
    {
        _content.Headers.Remove("Content-Encoding");
        if (_content.Body.Length <= above)
        {
            return;
        }

        var compressed = new PooledBytes(Math.Max(256, _content.Body.Length / 4));
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_content.Body.Span);
        }

        if (compressed.Length >= _content.Body.Length)
        {
            compressed.Return();
            return;
        }

        _owned?.Return();
        Own(compressed);
        _content.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");
    }

    /// <summary>Carries a token; the same as before costs nothing.</summary>
    public void Authorize(string header)
    {
        if (!ReferenceEquals(header, _authorization))
        {
            Replace("Authorization", header);
            _authorization = header;
        }
    }

    /// <summary>Names and signs the bytes that will be sent: nothing may change them after.</summary>
    public void Sign(WebhookSigner signer, long timestamp)
    {
        _content.Headers.ContentLength = _content.Body.Length;
        Replace("webhook-id", _id);
        Replace("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        Replace("webhook-signature", signer.Sign(_id, timestamp, _content.Body.Span));
    }

    /// <summary>Gives up a request that something may still be reading; the array of its body goes back only if that is certainly over.</summary>
    public void Abandon()
    {
        if (_content.IsRead)
        {
            _owned?.Return();
        }

        _owned = null;
        Dispose();
    }

    /// <summary>Lets go of the event's bytes. Nobody may still be reading them.</summary>
    public void Empty()
    {
        _content.Body = default;
        _owned?.Return();
        _owned = null;
    }

    public void Replace(string name, string? value)
    {
        Headers.Remove(name);
        if (value is not null)
        {
            Headers.TryAddWithoutValidation(name, value);
        }
    }

    private void Own(PooledBytes body)
    {
        _owned = body;
        _content.Body = body.Written;
        _content.IsWatched = true;
    }

    // It was a stranger's header once: only what can be one goes out again.
    private static bool IsTraceParent(string? text) => text is { Length: TraceParentLength } && !text.AsSpan().ContainsAnyExcept(TraceParentChars);

    private sealed class EventContent : HttpContent
    {
        private int _begun;
        private int _ended;

        public ReadOnlyMemory<byte> Body { get; set; }

        /// <summary>Asks for <see cref="IsRead"/> to be known.</summary>
        public bool IsWatched { get; set; }

        /// <summary>The body has been read, and nobody is at it.</summary>
        public bool IsRead => Volatile.Read(ref _ended) is > 0 and var ended && ended == Volatile.Read(ref _begun);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            IsWatched ? WriteWatchedAsync(stream, cancellationToken) : stream.WriteAsync(Body, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = Body.Length;
            return true;
        }

        private async Task WriteWatchedAsync(Stream stream, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _begun);
            await stream.WriteAsync(Body, cancellationToken);
            Interlocked.Increment(ref _ended);
        }
    }
}
