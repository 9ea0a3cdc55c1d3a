using Postrider.Configuration;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;

namespace Postrider.Destinations.Webhook;

/// <summary>Sends each event, or several together, to one server.</summary>
internal sealed class WebhookDestination : IDestination
{
    private const int Unauthorized = 401;

    private readonly WebhookRequests _requests;
    private readonly WebhookBatch? _batch;
    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageInvoker? _tokenInvoker;
    private readonly OAuth2Tokens? _tokens;
    private readonly TimeProvider _time;
    private readonly TimeSpan _connectTimeout;
    private readonly string _authority;
    private readonly Func<IReadOnlyList<DeliveryAttempt>, CancellationToken, ValueTask<IReadOnlyList<DeliveryResult>>> _sendAsync;

    public WebhookDestination(DestinationConfig config, GuardedConnectionFactory connections, TimeSpan connectTimeout, TimeProvider time)
    {
        var settings = (WebhookSettings)config.Settings;
        var proxy = settings.Proxy is null ? null : new ForwardProxy(settings.Proxy);
        var tls = TlsFiles.Load(settings.ClientCertificate, settings.Ca);
        _batch = WebhookBatch.Of(settings, config);
        _requests = new WebhookRequests(settings, _batch, proxy, time);
        _invoker = new HttpMessageInvoker(connections.CreateHandler(Math.Max(1, config.Concurrency), connectTimeout, tls, proxy));
        if (settings.Auth?.Oauth2 is { } oauth2)
        {
            // A connection of its own: where receiver and token server are one host, attempts may hold all the others.
            _tokenInvoker = new HttpMessageInvoker(connections.CreateHandler(1, connectTimeout, tls, proxy));
            _tokens = new OAuth2Tokens(new OAuth2Client(oauth2, _tokenInvoker, proxy, connectTimeout, time), time);
        }

        _time = time;
        _connectTimeout = connectTimeout;
        _authority = new Uri(settings.Url).Authority;
        _sendAsync = _tokens is not null || _requests.MayBeHeavy ? SendRichAsync : SendPlainAsync;
    }

    public int MaxBatch => _batch?.MaxEvents ?? 1;

    public long MaxBatchBytes => _batch?.MaxBytes ?? 8 << 20;

    public TimeSpan BatchWait => _batch?.Wait ?? TimeSpan.Zero;

    public ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_batch is not null)
        {
            return _batch.DeliverAsync(batch, _sendAsync, cancellationToken);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(batch.Count, 1);
        return _sendAsync(batch, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _tokens?.Dispose();
        _tokenInvoker?.Dispose();
        _invoker.Dispose();
        _requests.Dispose();
        return ValueTask.CompletedTask;
    }

    // A destination without tokens and heavy requests pays for neither.
    private ValueTask<IReadOnlyList<DeliveryResult>> SendPlainAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken) =>
        _requests.Rent(batch, null, out var refusal) is { } request
            ? SendAsync(request, batch, cancellationToken)
            : new ValueTask<IReadOnlyList<DeliveryResult>>([refusal!]);

    /// <summary>One request, or, with a token that turns out to be stale, two.</summary>
    private async ValueTask<IReadOnlyList<DeliveryResult>> SendRichAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        if (_requests.IsHeavy(batch))
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        if (_tokens is null)
        {
            return await SendPlainAsync(batch, cancellationToken);
        }

        for (var isRepeat = false; ; isRepeat = true)
        {
            var (token, failure) = await _tokens.GetAsync(cancellationToken);
            if (token is null)
            {
                return [failure!];
            }

            if (_requests.Rent(batch, token, out var refusal) is not { } request)
            {
                return [refusal!];
            }

            var results = await SendAsync(request, batch, cancellationToken);
            if (isRepeat || results is not [{ Outcome: DeliveryOutcome.Rejected, Status: Unauthorized }] || !_tokens.TryRenew(token))
            {
                return results;
            }
        }
    }

    /// <summary>Sends a request, and returns it where nobody can still be reading it.</summary>
    /// <returns>A result for each event, or one for all.</returns>
    private async ValueTask<IReadOnlyList<DeliveryResult>> SendAsync(WebhookRequest request, IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        var isFree = false;
        try
        {
            DeliveryResult result;
            DeliveryResult[]? each;
            using (var response = await _invoker.SendAsync(request, cancellationToken))
            {
                if (PostriderTracing.Current is { IsAllDataRequested: true } span)
                {
                    WebhookSpan.Describe(span, request, response);
                }

                each = _batch is { ReadsResults: true } && response.IsSuccessStatusCode ? new DeliveryResult[batch.Count] : null;
                result = await (each is null
                    ? WebhookAnswer.ReadAsync(response, _time, cancellationToken)
                    : BatchAnswer.ReadAsync(response, batch, each, _time, cancellationToken));

                // HTTP/1.1 sends all of a request before it reads the answer; an HTTP/2 stream may still be at it.
                isFree = response.Version.Major == 1;
            }

            return each ?? [result];
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // A connection cut by the deadline may look like a broken one: the deadline counts.
            cancellationToken.ThrowIfCancellationRequested();
            return [HttpFailure.From(e, _authority, _connectTimeout) ?? throw new InvalidOperationException("An attempt ended for no known reason.", e)];
        }
        finally
        {
            if (isFree)
            {
                _requests.Return(request);
            }
            else
            {
                request.Abandon();
            }
        }
    }
}
