using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Diagnostics;
using Postrider.Gateway;
using Postrider.Journal;
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
    private static readonly TimeSpan JournalPatience = TimeSpan.FromSeconds(2);

    private IEventLog? _log;
    private readonly DeliveryJournal _journal = new();
    private DeliveryService? _delivery;
    private JournalUpkeep? _upkeep;
    private RecordFile? _records;
    private GatewayEndpoint? _gateway;
    private DateTimeOffset _startedAt;

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
        _startedAt = opened.Time.GetUtcNow();
        Describe(config.Current);
        _delivery = new DeliveryService(_log, factories, metrics, opened.Time, Random.Shared.NextDouble, loggers, journal: _journal);
        _records = HistoryFile.Open(_log, config.Current, loggers);
        _upkeep = new JournalUpkeep(
            _journal, _delivery.Figures, _log.Records ?? _records, () => !_log.HoldParking && _log.Condition.State != LogState.Failed, opened.Time,
            loggers.CreateLogger<JournalUpkeep>());
        await _upkeep.LoadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await TellAsync(cancellationToken).ConfigureAwait(false);
            await _delivery.StartAsync(config.Current, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogUnavailableException or GenerationMovedException)
        {
            throw new PostriderStartException($"The log went away while delivery began: {exception.Message}", exception);
        }

        _upkeep.Start();
        metrics.ObserveLog(() => _log.GetUsage() is var usage ? (usage.Bytes, usage.UnsettledBytes, usage.LimitBytes) : default);
        if (builder.StartOptions.HasGateway)
        {
            _gateway = new GatewayEndpoint(_log, config, metrics, opened.Time, loggers);
        }

        lifetime.ApplicationStopping.Register(() =>
        {
            state.MarkStopping();
            _gateway?.StopAccepting();
            _journal.Tail.Close();
        });
        state.MarkStarted(_log, _delivery, _startedAt, opened.Place, opened.Promise, _journal, _delivery.Figures);
    }

    /// <summary>Takes a configuration into force in delivery. The other processes hear first which destinations it lists: none of them forgets one.</summary>
    public async Task ApplyAsync(PostriderConfig next, CancellationToken cancellationToken)
    {
        Describe(next);
        try
        {
            await TellAsync(cancellationToken).ConfigureAwait(false);
            await Delivery.ApplyAsync(next, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Describe(config.Current);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        _journal.Tail.Close();
        var upkeep = Interlocked.Exchange(ref _upkeep, null);
        using var patience = new CancellationTokenSource(JournalPatience, time);
        if (upkeep is not null)
        {
            await upkeep.FinishAsync(patience.Token).ConfigureAwait(false);
        }

        if (_delivery is not null)
        {
            await _delivery.DisposeAsync().ConfigureAwait(false);
        }

        if (upkeep is not null)
        {
            // With the attempts that ended while delivery did.
            await upkeep.KeepAsync(CancellationToken.None).WaitAsync(JournalPatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_log is not null)
        {
            await _log.DisposeAsync().ConfigureAwait(false);
        }

        _records?.Dispose();
    }

    private void Describe(PostriderConfig told) => _log!.Sharing?.Describe(new MemberDescription
    {
        Role = builder.StartOptions.Role.ToString().ToLowerInvariant(),
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        Version = ProductVersion.Text,
        ConfigHash = ConfigFingerprint.Of(told),
        StartedAt = _startedAt,
        Destinations = [.. told.Destinations.Keys.Order(StringComparer.Ordinal)],
        Takes = builder.StartOptions.Role is not ServerRole.Gateway,
    });

    private Task TellAsync(CancellationToken cancellationToken) => _log!.Sharing?.RefreshAsync(cancellationToken) ?? Task.CompletedTask;
}
