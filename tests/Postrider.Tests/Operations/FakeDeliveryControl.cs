using Postrider.Delivery;

namespace Postrider.Tests.Operations;

/// <summary>Delivery as a test wants operators to find it.</summary>
internal sealed class FakeDeliveryControl : IDeliveryControl
{
    public string? Fault { get; set; }

    public List<DestinationStatus> Destinations { get; } = [];

    public Dictionary<string, EventStory> Stories { get; } = [];

    public List<string> Calls { get; } = [];

    public Exception? Failure { get; set; }

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

    private Task<bool> RecordAsync(string verb, string destination)
    {
        Calls.Add($"{verb} {destination}");
        return Task.FromResult(Destinations.Exists(known => known.Name == destination));
    }
}
