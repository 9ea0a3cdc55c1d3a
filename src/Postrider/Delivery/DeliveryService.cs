using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Diagnostics;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Delivers the log to the configured destinations: makes their dispatchers, follows reloads, stops in order.</summary>
internal sealed partial class DeliveryService : IDeliveryControl, IAsyncDisposable
{
    private readonly IEventLog _log;
    private readonly Dictionary<string, IDestinationFactory> _factories;
    private readonly PostriderMetrics _metrics;
    private readonly DeliveryJournal _journal;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly DispatcherLimits _limits;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly DestinationSlots _slots = new();
    private readonly CatchUpThrottle _throttle;
    private readonly ConcurrentDictionary<string, LiveDestination> _live = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly DeliveryStatus _status;
    private readonly EventStories _stories;
    private readonly Controls _controls;
    private readonly OwnerCalls _owners;
    private readonly MemberStatuses? _members;
    private readonly DeadLetters _letters;
    private PartitionDelivery?[] _partitions = [];
    private PostriderConfig _config = new();
    private readonly Registration _registration;
    private DispatcherMaker _maker = null!;
    private PartitionMoves? _moves;
    private readonly Skips _skips;
    private readonly Replays _replays;
    private RouteTable _routes;
    private Rounds? _forgetting;
    private Rounds? _backlogs;
    private Rounds? _telling;
    private bool _stopped;

    public DeliveryService(
        IEventLog log,
        IEnumerable<IDestinationFactory> factories,
        PostriderMetrics metrics,
        TimeProvider time,
        Func<double> random,
        ILoggerFactory loggers,
        DispatcherLimits? limits = null,
        DeliveryJournal? journal = null)
    {
        _log = log;
        _factories = factories.ToDictionary(factory => factory.Type, StringComparer.Ordinal);
        _metrics = metrics;
        _journal = journal ?? new DeliveryJournal();
        _time = time;
        _throttle = new CatchUpThrottle(time);
        _random = random;
        _limits = limits ?? DispatcherLimits.Default;
        _loggers = loggers;
        _logger = loggers.CreateLogger<DeliveryService>();
        _controls = new Controls(log.Sharing, _live, loggers.CreateLogger<Controls>());
        _owners = new OwnerCalls(log.Sharing);
        _members = log.Sharing is { } sharing ? new MemberStatuses(sharing, _live, time, loggers.CreateLogger<MemberStatuses>()) : null;
        _status = new DeliveryStatus(log, _live, _members, time, () => _config.Delivery.ForgetAfter);
        _routes = new RouteTable(new PostriderConfig(), _slots);
        _stories = new EventStories(log, _live, () => _routes);
        _skips = new Skips(Find, () => _routes, _owners, time, loggers.CreateLogger<Skips>());
        _replays = new Replays(log, Find, () => _routes, _owners, time, loggers.CreateLogger<Replays>());
        _registration = new Registration(time, loggers.CreateLogger<Registration>());
        _letters = new DeadLetters(log, Find, _owners, _changing, time);
        Figures = new DeliveryFigures(log, () => _live.Values, () => _partitions, metrics, _journal, time);
        metrics.ObserveDestinations(Measure);
    }

    public string? Fault => _live.Values.SelectMany(live => live.Dispatchers).Select(dispatcher => dispatcher.Fault).FirstOrDefault(fault => fault is not null);

    /// <summary>What the journal gathers.</summary>
    public IFigureSource Figures { get; }

    public string? Moving => _moves?.Moving;

    /// <summary>Begins to deliver. When it returns, every destination's start position is committed and the gateway may open.</summary>
    public async Task StartAsync(PostriderConfig config, CancellationToken cancellationToken)
    {
        var routes = new RouteTable(config, _slots);
        _config = config;
        _maker = new DispatcherMaker(
            _log, new DeliveryBudget(config.Delivery.MaxInMemory.Bytes), _metrics, _journal, _time, _random, _limits, _throttle, _loggers);
        var followed = _log.Partitions;
        _partitions = [.. followed.Select(partition => partition.Lease.IsHeld ? _maker.Open(partition, routes) : null)];
        await ApplyAsync(config, cancellationToken).ConfigureAwait(false);
        _moves = new PartitionMoves(
            followed, _partitions, _live, _changing, _maker, _registration, _controls, () => (_config, _routes), _replays.LookAsync, _time, _loggers.CreateLogger<PartitionMoves>());
        _controls.Start();
        _owners.Serve(new OwnerDuties(_log, Find, _skips, _letters, _replays).AnswerAsync);
        _telling = _members?.Begin();
        _moves.Start();
        _forgetting = new Forgetting(_log, () => _live.Keys, _changing, () => _config.Delivery.ForgetAfter, _time, _loggers.CreateLogger<Forgetting>()).Begin();
        try
        {
            await _replays.ResumeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (GenerationMovedException)
        {
            // Whoever owns the partition now takes up its replays.
        }

        _backlogs = new Backlogs(_log, () => _live.Values, _skips, _time, _loggers.CreateLogger<Backlogs>()).Begin();
    }

    /// <summary>Takes a configuration into force: destinations are added, changed and removed while the others go on. When it throws, nothing
    /// has changed.</summary>
    public async Task ApplyAsync(PostriderConfig config, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            var models = CreateModels(config);
            try
            {
                var routes = new RouteTable(config, _slots);
                var added = await PrepareAsync(config, models, routes, cancellationToken).ConfigureAwait(false);
                await CommitAsync(config, models, added, routes).ConfigureAwait(false);
            }
            catch
            {
                foreach (var model in models.Values.Where(model => _live.Values.All(live => live.Model != model)))
                {
                    model.Leave();
                }

                throw;
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    public Task<IReadOnlyList<DestinationStatus>> GetStatusAsync(CancellationToken cancellationToken) => _status.ReadAsync(cancellationToken);

    public Task<EventStory?> FindEventAsync(string id, CancellationToken cancellationToken) => _stories.FindAsync(id, cancellationToken);

    public Task<bool> PauseAsync(string destination, CancellationToken cancellationToken) =>
        ControlAsync(destination, control => control with { Paused = true }, cancellationToken);

    public Task<bool> ResumeAsync(string destination, CancellationToken cancellationToken) =>
        ControlAsync(destination, _ => DestinationControl.None, cancellationToken);

    public IDeadLetters DeadLetters => _letters;

    public IReplays Replays => _replays;

    public Task<bool> DisableAsync(string destination, string reason, CancellationToken cancellationToken) =>
        ControlAsync(destination, control => control with { DisabledReason = reason }, cancellationToken);

    public async Task<TestDelivery?> TestAsync(string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken) =>
        _live.TryGetValue(destination, out var live) ? await new TestAttempt(live, _time).RunAsync(body, cancellationToken).ConfigureAwait(false) : null;

    public Task<SkipResult?> SkipAsync(string destination, DateTimeOffset? before, CancellationToken cancellationToken) =>
        _skips.SkipAsync(destination, _log.Partitions, before, "skipped by an operator", CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>Stops in order: nothing new is read, attempts in flight may end, progress is saved.</summary>
    public async Task StopAsync()
    {
        if (_log.Sharing is { } sharing && _moves is not null && !_stopped)
        {
            // Each partition goes to another router as soon as its own attempts have ended.
            await sharing.LeaveAsync().ConfigureAwait(false);
            await _moves.LeaveAllAsync().ConfigureAwait(false);
        }

        await _changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            var began = _time.GetTimestamp();
            if (_moves is not null)
            {
                await _moves.DisposeAsync().ConfigureAwait(false);
            }

            if (_forgetting is not null)
            {
                await _forgetting.DisposeAsync().ConfigureAwait(false);
            }

            // Both are told to end; what of them waits for a save that may never come ends with the dispatchers.
            var steps = Task.WhenAll(_backlogs?.DisposeAsync().AsTask() ?? Task.CompletedTask, _replays.DisposeAsync().AsTask());
            await RemoveAsync([.. _live.Keys]).ConfigureAwait(false);
            await steps.ConfigureAwait(false);
            await LastSaves.EndAsync(Opened, _config.Delivery.ShutdownTimeout - _time.GetElapsedTime(began), _time).ConfigureAwait(false);
            if (_telling is not null)
            {
                await _telling.DisposeAsync().ConfigureAwait(false);
            }

            await _throttle.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    // Safe to call again, as hosts do: the semaphore holds nothing that would need disposal.
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    // A gateway delivers nothing: it fixes no start positions.
    private bool DeliversAny => _log.Sharing?.Delivers ?? true;

    private IEnumerable<PartitionDelivery> Opened => _partitions.OfType<PartitionDelivery>();

    private LiveDestination? Find(string name) => _live.GetValueOrDefault(name);

    private Dictionary<string, DestinationModel> CreateModels(PostriderConfig config)
    {
        var models = new Dictionary<string, DestinationModel>(StringComparer.Ordinal);
        try
        {
            foreach (var destination in config.Destinations.Values)
            {
                models.Add(destination.Name, new DestinationModel(destination, _factories[destination.Type].Create(destination)));
            }

            return models;
        }
        catch
        {
            foreach (var model in models.Values)
            {
                model.Leave();
            }

            throw;
        }
    }

    // All that can fail: registers what is new, and makes its dispatchers ready to start.
    private async Task<List<LiveDestination>> PrepareAsync(
        PostriderConfig config, Dictionary<string, DestinationModel> models, RouteTable routes, CancellationToken cancellationToken)
    {
        // What a removed destination left behind is saved before it may come back.
        await LastSaves.FlushAsync(Opened, _config.Delivery.ShutdownTimeout, _time, cancellationToken).ConfigureAwait(false);
        var records = new List<IReadOnlyDictionary<string, DestinationRecord>>();
        foreach (var partition in DeliversAny ? _log.Partitions : [])
        {
            var own = _partitions[partition.Number]?.Partition ?? partition;
            records.Add(await _registration.RegisterAsync(own, config, _live.ContainsKey, cancellationToken).ConfigureAwait(false));
        }

        var added = new List<LiveDestination>();
        try
        {
            foreach (var (name, model) in models.Where(pair => !_live.ContainsKey(pair.Key)))
            {
                var live = Make(name, model, records);
                added.Add(live);
                foreach (var dispatcher in live.Dispatchers)
                {
                    await dispatcher.LoadAsync(routes, cancellationToken).ConfigureAwait(false);
                }
            }

            return added;
        }
        catch
        {
            foreach (var dispatcher in added.SelectMany(live => live.Dispatchers))
            {
                await dispatcher.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    // In this order no event is looked at by routes that are not its reader's: what is gone stops, the ring decides anew, what is new begins.
    private async Task CommitAsync(PostriderConfig config, Dictionary<string, DestinationModel> models, List<LiveDestination> added, RouteTable routes)
    {
        _config = config;
        _routes = routes;
        await RemoveAsync([.. _live.Keys.Where(name => !models.ContainsKey(name))]).ConfigureAwait(false);
        foreach (var partition in Opened)
        {
            partition.Ring.Reroute(routes);
        }

        foreach (var live in _live.Values)
        {
            live.Apply(models[live.Name]);
            foreach (var dispatcher in live.Dispatchers)
            {
                dispatcher.Reroute(routes);
            }
        }

        _journal.Share(_partitions.Length * models.Count);
        foreach (var live in added)
        {
            _live[live.Name] = live;
            foreach (var dispatcher in live.Dispatchers)
            {
                dispatcher.Start();
            }
        }
    }

    private LiveDestination Make(string name, DestinationModel model, List<IReadOnlyDictionary<string, DestinationRecord>> records)
    {
        var live = new LiveDestination(name, _slots[name], model, _time, _random);
        live.Apply(_controls.Of(name, records.Select(known => known[name].Control)));
        _controls.Follow(live);
        live.SetDispatchers(_partitions.Select((partition, i) => partition is null ? null : _maker.Make(live, records[i][name], partition)));
        return live;
    }

    private async Task RemoveAsync(IReadOnlyList<string> names)
    {
        using var limit = new CancellationTokenSource();
        var deadline = Task.Delay(_config.Delivery.ShutdownTimeout, _time, limit.Token);
        await Task.WhenAll(names.Select(name => RemoveAsync(name, deadline))).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
    }

    private async Task RemoveAsync(string name, Task deadline)
    {
        var live = _live[name];
        var cut = await Task.WhenAll(live.Dispatchers.Select(dispatcher => dispatcher.StopAsync(deadline))).ConfigureAwait(false);
        if (cut.Sum() is > 0 and var attempts)
        {
            Log.CutOff(_logger, attempts, name);
        }

        // Where saves fail the savers go on trying; whoever waits for the stop waits no longer than for attempts.
        await Task.WhenAny(LastSaves.FlushAsync(Opened), deadline).ConfigureAwait(false);
        foreach (var dispatcher in live.Dispatchers)
        {
            await dispatcher.DisposeAsync().ConfigureAwait(false);
        }

        _live.TryRemove(name, out _);
        live.Model.Leave();
    }

    private async Task<bool> ControlAsync(string name, Func<DestinationControl, DestinationControl> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_live.TryGetValue(name, out var live))
            {
                return false;
            }

            var control = change(live.Control);
            live.Apply(control);
            await _controls.DecideAsync(name, control, cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(live.Dispatchers.Select(dispatcher => dispatcher.SaveControlAsync(control))).WaitAsync(cancellationToken).ConfigureAwait(false);
            await LastSaves.FlushAsync(Opened).WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    private IEnumerable<DestinationGauges> Measure()
    {
        Figures.Prepare();
        return _live.Values.Select(live => new DestinationGauges(
            live.Name,
            live.Dispatchers.Sum(dispatcher => dispatcher.Lag),
            live.Dispatchers.Sum(dispatcher => dispatcher.Gauges.ParkedEvents),
            live.Dispatchers.Sum(dispatcher => dispatcher.Gauges.DeadLetters),
            live.Slots.InUse,
            live.Breaker.State.Open));
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.StoppedWithAttempts, LogLevel.Warning, "{Count} attempts to {Destination} did not end in time and were cut off; they are made again after the start.")]
        public static partial void CutOff(ILogger logger, int count, string destination);
    }
}
