namespace Postrider.Destinations.Webhook;

/// <summary>Posts each event to one URL.</summary>
internal sealed class WebhookDestination : IDestination
{
    private readonly WebhookRequests _requests;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _time;
    private readonly TimeSpan _connectTimeout;
    private readonly string _authority;

    public WebhookDestination(WebhookSettings settings, GuardedConnectionFactory connections, int concurrency, TimeSpan connectTimeout, TimeProvider time)
    {
        _requests = new WebhookRequests(settings, time);
        _invoker = new HttpMessageInvoker(connections.CreateHandler(Math.Max(1, concurrency), connectTimeout));
        _time = time;
        _connectTimeout = connectTimeout;
        _authority = new Uri(settings.Url).Authority;
    }

    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfNotEqual(batch.Count, 1);

        var request = _requests.Rent(batch[0]);
        try
        {
            DeliveryResult result;
            bool isFree;
            using (var response = await _invoker.SendAsync(request, cancellationToken))
            {
                result = await WebhookAnswer.ReadAsync(response, _time, cancellationToken);

                // HTTP/1.1 sends all of a request before it reads the answer; an HTTP/2 stream may still be at it.
                isFree = response.Version.Major == 1;
            }

            if (isFree)
            {
                _requests.Return(request);
                request = null;
            }

            return [result];
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // A connection cut by the deadline may look like a broken one: the deadline counts.
            cancellationToken.ThrowIfCancellationRequested();
            return [WebhookFailure.From(e, _authority, _connectTimeout) ?? throw new InvalidOperationException("An attempt ended for no known reason.", e)];
        }
        finally
        {
            request?.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        _requests.Dispose();
        return ValueTask.CompletedTask;
    }
}
