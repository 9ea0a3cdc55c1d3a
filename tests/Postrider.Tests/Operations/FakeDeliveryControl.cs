using System.Globalization;
using System.Text;
using Postrider.Delivery;

namespace Postrider.Tests.Operations;

/// <summary>Delivery as a test wants operators to find it.</summary>
internal sealed class FakeDeliveryControl : IDeliveryControl
{
    public string? Moving { get; set; }

    public string? Fault { get; set; }

    public List<DestinationStatus> Destinations { get; } = [];

    public Dictionary<string, EventStory> Stories { get; } = [];

    public List<string> Calls { get; } = [];

    public Exception? Failure { get; set; }

    public FakeDeadLetters Letters { get; } = new();

    public FakeReplays Jobs { get; } = new();

    public IDeadLetters DeadLetters => Letters;

    public IReplays Replays => Jobs;

    public TestDelivery Test { get; set; } = new("evt_test", "delivered", 200, null, null, null, TimeSpan.FromMilliseconds(12.34));

    public SkipResult Skip { get; set; } = new(0, 0);

    public static DestinationStatus Running(string name) => new()
    {
        Name = name,
        Type = "webhook",
        State = DestinationState.Running,
        Lag = 0,
        InFlight = 0,
        ParkedLanes = 0,
        ParkedEvents = 0,
        DeadLetters = 0,
        Delivered = 0,
        FailedAttempts = 0,
        Configured = true,
        PinnedPerMille = 0,
    };

    public Task<IReadOnlyList<DestinationStatus>> GetStatusAsync(CancellationToken cancellationToken) =>
        Failure is null ? Task.FromResult<IReadOnlyList<DestinationStatus>>(Destinations) : Task.FromException<IReadOnlyList<DestinationStatus>>(Failure);

    public Task<EventStory?> FindEventAsync(string id, CancellationToken cancellationToken) =>
        Failure is null ? Task.FromResult(Stories.GetValueOrDefault(id)) : Task.FromException<EventStory?>(Failure);

    public Task<bool> PauseAsync(string destination, CancellationToken cancellationToken) => RecordAsync("pause", destination);

    public Task<bool> ResumeAsync(string destination, CancellationToken cancellationToken) => RecordAsync("resume", destination);

    public Task<bool> DisableAsync(string destination, string reason, CancellationToken cancellationToken) =>
        RecordAsync($"disable because {reason}:", destination);

    public async Task<TestDelivery?> TestAsync(string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken) =>
        await RecordAsync("test " + (body is { } given ? Encoding.UTF8.GetString(given.Span) : "sample"), destination) ? Test : null;

    public async Task<SkipResult?> SkipAsync(string destination, DateTimeOffset? before, CancellationToken cancellationToken) =>
        await RecordAsync("skip " + (before?.ToString("O", CultureInfo.InvariantCulture) ?? "all"), destination) ? Skip : null;

    private Task<bool> RecordAsync(string verb, string destination)
    {
        Calls.Add($"{verb} {destination}");
        return Task.FromResult(Destinations.Exists(known => known.Name == destination));
    }
}
