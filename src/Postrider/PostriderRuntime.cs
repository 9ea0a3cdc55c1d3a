using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Diagnostics;
using Postrider.Gateway;
using Postrider.Log;
using Postrider.Operations;

namespace Postrider;

/// <summary>
/// Starts and stops the parts in the order of an event's way. The host opens the listeners after this has started, and closes them before it stops.
/// </summary>
internal sealed class PostriderRuntime(
    PostriderBuilder builder,
    ConfigStore config,
    IEnumerable<IDestinationFactory> factories,
    PostriderMetrics metrics,
    ServerState state,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private IEventLog? _log;
    private DeliveryService? _delivery;
    private GatewayEndpoint? _gateway;

    /// <summary>Takes a request of the gateway's listener.</summary>
    public Task HandleGatewayAsync(HttpContext context) => _gateway!.HandleAsync(context);

    public DeliveryService Delivery => _delivery!;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        OpenedLog opened;
        try
        {
            opened = await LogOpening.OpenAsync(config.Current, builder.StartOptions, time, metrics, loggers, cancellationToken).ConfigureAwait(false);
        }
        catch (LogUnusableException exception) when (exception.IsConfiguration)
        {
            throw new InvalidConfigException([new ConfigError("log", 0, 0, exception.Message)]);
        }
        catch (LogUnusableException exception)
        {
            throw new PostriderStartException(exception.Message, exception);
        }

        _log = opened.Log;
        _delivery = new DeliveryService(_log, factories, metrics, time, Random.Shared.NextDouble, loggers);
        try
        {
            await _delivery.StartAsync(config.Current, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogUnavailableException or GenerationMovedException)
        {
            throw new PostriderStartException($"The log went away while delivery began: {exception.Message}", exception);
        }

        metrics.ObserveLog(() => _log.GetUsage() is var usage ? (usage.Bytes, usage.UnsettledBytes, usage.LimitBytes) : default);
        _gateway = new GatewayEndpoint(_log, config, metrics, time, loggers);
        lifetime.ApplicationStopping.Register(() =>
        {
            state.MarkStopping();
            _gateway.StopAccepting();
        });
        state.MarkStarted(_log, _delivery, time.GetUtcNow(), opened.Place, opened.Promise);
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (_delivery is not null)
        {
            await _delivery.DisposeAsync().ConfigureAwait(false);
        }

        if (_log is not null)
        {
            await _log.DisposeAsync().ConfigureAwait(false);
        }
    }
}
