using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>Delivery as it runs in the server, on a log in memory and fake destinations.</summary>
internal sealed class DeliveryHarness : IAsyncDisposable
{
    private readonly IEventLog _log;
    private readonly TimeProvider _time;
    private readonly DispatcherLimits? _limits;
    private readonly Dictionary<string, FakeDestination> _destinations;

    private DeliveryHarness(
        IEventLog log, PostriderConfig config, Dictionary<string, FakeDestination> destinations, TimeProvider time, DispatcherLimits? limits, DeliveryJournal? journal = null)
    {
        _limits = limits;
        _log = log;
        Config = config;
        _destinations = destinations;
        _time = time;
        Service = new DeliveryService(
            log, [new FakeDestinationFactory(name => _destinations[name])], new PostriderMetrics(new TestMeters()), time, () => 0.5, NullLoggerFactory.Instance, limits, journal);
    }

    /// <summary>Of one partition, as most tests want it.</summary>
    public MemoryLog Log => (MemoryLog)_log;

    public PostriderConfig Config { get; private set; }

    public DeliveryService Service { get; private set; }

    public static async Task<DeliveryHarness> StartAsync(
        Dictionary<string, FakeDestination> destinations,
        Func<DestinationConfig, DestinationConfig>? configure = null,
        TimeProvider? time = null,
        IEventLog? log = null,
        DispatcherLimits? limits = null,
        Func<PostriderConfig, PostriderConfig>? overall = null,
        DeliveryJournal? journal = null)
    {
        var harness = Create(destinations, configure, time, log, limits, overall, journal);
        await harness.Service.StartAsync(harness.Config, TestContext.Current.CancellationToken);
        return harness;
    }

    /// <summary>The same, not started.</summary>
    public static DeliveryHarness Create(
        Dictionary<string, FakeDestination> destinations,
        Func<DestinationConfig, DestinationConfig>? configure = null,
        TimeProvider? time = null,
        IEventLog? log = null,
        DispatcherLimits? limits = null,
        Func<PostriderConfig, PostriderConfig>? overall = null,
        DeliveryJournal? journal = null)
    {
        var config = ConfigOf(destinations.Keys, configure);
        return new DeliveryHarness(log ?? new MemoryLog(), overall?.Invoke(config) ?? config, destinations, time ?? TimeProvider.System, limits, journal);
    }

    public static PostriderConfig ConfigOf(IEnumerable<string> names, Func<DestinationConfig, DestinationConfig>? configure = null)
    {
        configure ??= destination => destination;
        return new PostriderConfig
        {
            Destinations = names.ToDictionary(
                name => name,
                name => configure(new DestinationConfig
                {
                    Name = name,
                    Type = "fake",
                    Retry = new RetryConfig { Initial = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(100) },
                })),
            Delivery = new DeliveryConfig { ShutdownTimeout = TimeSpan.FromSeconds(5) },
        };
    }

    public async Task<Event> PublishAsync(string? key, string body = "{}", IReadOnlyList<string>? destinations = null)
    {
        var @event = MemoryLog.NewEvent(key, body, destinations: destinations);
        await Log.AppendAsync(@event);
        return @event;
    }

    public async Task ReloadAsync(PostriderConfig config)
    {
        Config = config;
        await Service.ApplyAsync(config, TestContext.Current.CancellationToken);
    }

    /// <summary>The process dies here: what was not durable is gone. A new one starts on what is left.</summary>
    public async Task<DeliveryHarness> CrashAsync()
    {
        var left = Log.Crash();
        var dying = Service;
        var next = new DeliveryHarness(left, Config, _destinations, _time, _limits);
        await next.Service.StartAsync(Config, TestContext.Current.CancellationToken);
        await dying.DisposeAsync();
        return next;
    }

    public async Task<DestinationStatus> StatusAsync(string name) =>
        (await Service.GetStatusAsync(TestContext.Current.CancellationToken)).Single(status => status.Name == name);

    public async ValueTask DisposeAsync() => await Service.DisposeAsync();

    private sealed class TestMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
