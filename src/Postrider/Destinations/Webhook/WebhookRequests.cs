using System.Collections.Concurrent;
using System.Text;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Webhook;

/// <summary>The requests of one destination. Never more than attempts in flight at once, so it needs no bound of its own.</summary>
internal sealed class WebhookRequests : IDisposable
{
    // Compressed in about 0.1 ms.
    private const int HeavyBytes = 16 * 1024;

    private readonly ConcurrentQueue<WebhookRequest> _idle = new();
    private readonly HttpMethod _method;
    private readonly Uri _url;
    private readonly Dictionary<string, string> _headers;
    private readonly RequestTemplates? _templates;
    private readonly WebhookBatch? _batch;
    private readonly long _compressAbove;
    private readonly WebhookSigner _signer;
    private readonly TimeProvider _time;

    public WebhookRequests(WebhookSettings settings, WebhookBatch? batch, ForwardProxy? proxy, TimeProvider time)
    {
        var url = WithKey(settings.Url, settings.Auth?.ApiKey);
        _method = new HttpMethod(settings.Method);
        _url = new Uri(url);
        _templates = RequestTemplates.Of(url, settings.EventHeaders);
        _batch = batch;
        _compressAbove = settings.Compress == BodyCompression.Gzip ? settings.CompressAbove.Bytes : long.MaxValue;
        _headers = HeadersOf(settings, batch, proxy?.AuthorizationOf(_url));
        _signer = new WebhookSigner(settings.AllSecrets);
        _time = time;
    }

    /// <summary>Whether <see cref="IsHeavy"/> is worth asking.</summary>
    public bool MayBeHeavy => _batch is not null || _compressAbove < long.MaxValue;

    /// <summary>Whether the making of a request may take so long that others on the same thread would wait for it.</summary>
    public bool IsHeavy(IReadOnlyList<DeliveryAttempt> batch) =>
        _batch is not null || (_compressAbove < long.MaxValue && batch[0].Event.Body.Length > Math.Max(_compressAbove, HeavyBytes));

    /// <summary>The request of an attempt, which the caller disposes or, if it went well, returns.</summary>
    /// <param name="batch">One event, or those of a batch.</param>
    /// <param name="token">Null: the settings hold all there is.</param>
    /// <param name="refusal">Why there is no request: the event lacks what a template takes.</param>
    public WebhookRequest? Rent(IReadOnlyList<DeliveryAttempt> batch, AccessToken? token, out DeliveryResult? refusal)
    {
        if (!_idle.TryDequeue(out var request))
        {
            request = new WebhookRequest(_method, _url, _headers);
        }

        refusal = _templates?.Apply(batch[0].Event, request);
        if (refusal is not null)
        {
            _idle.Enqueue(request);
            return null;
        }

        if (_batch is null)
        {
            request.Carry(batch[0]);
        }
        else
        {
            request.Carry(batch, _batch.Body);
        }

        if (_compressAbove < long.MaxValue)
        {
            request.Compress(_compressAbove);
        }

        if (token is not null)
        {
            request.Authorize(token.Header);
        }

        request.Sign(_signer, _time.GetUtcNow().ToUnixTimeSeconds());
        return request;
    }

    /// <summary>Takes a request back that nobody can still be reading.</summary>
    public void Return(WebhookRequest request)
    {
        request.Empty();
        _idle.Enqueue(request);
    }

    public void Dispose()
    {
        _signer.Dispose();
        while (_idle.TryDequeue(out var request))
        {
            request.Dispose();
        }
    }

    private static Dictionary<string, string> HeadersOf(WebhookSettings settings, WebhookBatch? batch, string? proxyAuthorization)
    {
        var headers = settings.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("User-Agent", "Postrider/" + ProductVersion.Text);
        headers.TryAdd("Content-Type", batch?.Body.ContentType ?? "application/json");
        if (settings.Auth?.Bearer is { } bearer)
        {
            headers["Authorization"] = "Bearer " + bearer;
        }
        else if (settings.Auth?.Basic is { } basic)
        {
            headers["Authorization"] = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.User}:{basic.Password}"));
        }
        else if (settings.Auth?.ApiKey is { Header: { } name } key)
        {
            headers[name] = key.Value;
        }

        if (proxyAuthorization is not null)
        {
            headers["Proxy-Authorization"] = proxyAuthorization;
        }

        return headers;
    }

    // Escaped, so a brace in a key begins no field.
    private static string WithKey(string url, ApiKeySettings? key) => key?.Query is not { } name
        ? url
        : $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Uri.EscapeDataString(name)}={Uri.EscapeDataString(key.Value)}";
}
