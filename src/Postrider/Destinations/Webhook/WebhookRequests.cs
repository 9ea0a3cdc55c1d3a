using System.Collections.Concurrent;
using System.Reflection;

namespace Postrider.Destinations.Webhook;

/// <summary>The requests of one destination. Never more than attempts in flight at once, so it needs no bound of its own.</summary>
internal sealed class WebhookRequests : IDisposable
{
    private static readonly string UserAgent =
        "Postrider/" + (typeof(WebhookRequests).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    private readonly ConcurrentQueue<WebhookRequest> _idle = new();
    private readonly Uri _url;
    private readonly Dictionary<string, string> _headers;
    private readonly WebhookSigner _signer;
    private readonly TimeProvider _time;

    public WebhookRequests(WebhookSettings settings, TimeProvider time)
    {
        _url = new Uri(settings.Url);
        _headers = settings.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        _headers.TryAdd("User-Agent", UserAgent);
        _headers.TryAdd("Content-Type", "application/json");
        _signer = new WebhookSigner(settings.AllSecrets);
        _time = time;
    }

    /// <summary>The request of an attempt, which the caller disposes or, if it went well, returns.</summary>
    public WebhookRequest Rent(in DeliveryAttempt attempt)
    {
        if (!_idle.TryDequeue(out var request))
        {
            request = new WebhookRequest(_url, _headers);
        }

        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        request.Fill(attempt, timestamp, _signer.Sign(attempt.Event.Id, timestamp, attempt.Event.Body.Span));
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
}
