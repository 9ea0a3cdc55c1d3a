using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What is decided of destinations: pauses, disablements, and receivers that asked to be left alone. Where processes share the log, for all of them.</summary>
internal sealed partial class Controls(ILogSharing? sharing, ConcurrentDictionary<string, LiveDestination> live, ILogger<Controls> logger)
{
    /// <summary>Begins to hear what others decide.</summary>
    public void Start() => sharing?.OnControls(Apply);

    /// <summary>What is decided of a destination that begins.</summary>
    /// <param name="name">Which.</param>
    /// <param name="stored">What its partitions' state says.</param>
    public DestinationControl Of(string name, IEnumerable<DestinationControl> stored) =>
        Shared(name)?.Control ?? stored.FirstOrDefault(control => control != DestinationControl.None) ?? DestinationControl.None;

    /// <summary>The partition's state says this of a destination that others delivered to; it holds where nobody has decided otherwise since.</summary>
    public void Meet(LiveDestination destination, DestinationControl stored)
    {
        if (sharing is not null && stored != DestinationControl.None && destination.Control == DestinationControl.None && Shared(destination.Name)?.Control is null)
        {
            destination.Apply(stored);
        }
    }

    /// <summary>A destination lives from now on: what it decides itself is told to all, and what was asked of all holds for it.</summary>
    public void Follow(LiveDestination destination)
    {
        destination.Decided = control => _ = TellAsync(destination.Name, control);
        Hold(destination);
    }

    /// <summary>Decides for all processes.</summary>
    public Task DecideAsync(string name, DestinationControl control, CancellationToken cancellationToken) =>
        sharing?.ControlAsync(name, control, cancellationToken) ?? Task.CompletedTask;

    private SharedControl? Shared(string name) => sharing?.Controls.GetValueOrDefault(name);

    private void Apply()
    {
        foreach (var destination in live.Values)
        {
            Hold(destination);
            if (Shared(destination.Name)?.Control is not { } control || control == destination.Control)
            {
                continue;
            }

            destination.Apply(control);
            foreach (var dispatcher in destination.Dispatchers)
            {
                // So that each partition's state says the same, whoever reads it next.
                _ = dispatcher.SaveControlAsync(control);
            }
        }
    }

    private void Hold(LiveDestination destination)
    {
        if (Shared(destination.Name) is { HoldUntil: { } until } shared && destination.Breaker.Hold(until, shared.HoldReason))
        {
            Log.Held(logger, destination.Name, until, shared.HoldReason);
            destination.WakeAll();
        }
    }

    // Nobody waits for it. Where it fails, the others will be told the same by the receiver.
    private async Task TellAsync(string name, SharedControl decided)
    {
        if (sharing is null)
        {
            return;
        }

        try
        {
            if (decided.Control is { } control)
            {
                await sharing.ControlAsync(name, control, CancellationToken.None).ConfigureAwait(false);
            }

            if (decided.HoldUntil is { } until)
            {
                await sharing.HoldAsync(name, until, decided.HoldReason, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (LogUnavailableException exception)
        {
            Log.NotTold(logger, name, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.HoldShared, LogLevel.Information, "Destination {Destination} is left alone until {Until:u}, as its receiver asked another router: {Reason}")]
        public static partial void Held(ILogger logger, string destination, DateTimeOffset until, string? reason);

        [LoggerMessage(LogEvents.SharingFailed, LogLevel.Warning, "What destination {Destination} decided could not be told to the other processes. {Reason}")]
        public static partial void NotTold(ILogger logger, string destination, string reason);
    }
}
