using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Tells the other processes what only this one knows of its destinations, and reads what they told.</summary>
internal sealed partial class MemberStatuses(ILogSharing sharing, ConcurrentDictionary<string, LiveDestination> live, TimeProvider time, ILogger<MemberStatuses> logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private bool _fails;

    public Rounds Begin() => Rounds.Begin(Period, TellAsync, Fail, time);

    /// <summary>What the other processes said last, by destination.</summary>
    public async Task<ILookup<string, MemberDestination>> ReadOthersAsync(CancellationToken cancellationToken)
    {
        var found = new List<MemberDestination>();
        try
        {
            foreach (var (_, status) in (await sharing.ReadStatusesAsync(cancellationToken).ConfigureAwait(false)).Where(status => status.Key != sharing.Member && status.Value.Length > 0))
            {
                found.AddRange(JsonSerializer.Deserialize(status, DeliveryJson.Default.ListMemberDestination) ?? []);
            }
        }
        catch (Exception exception) when (exception is LogUnavailableException or JsonException)
        {
            // The status tells what this process knows.
        }

        return found.ToLookup(status => status.Name, StringComparer.Ordinal);
    }

    // Asks no pump: a thousand destinations that have nothing to do are not woken for it, and those that have nothing to tell are left out.
    private static MemberDestination? Describe(LiveDestination destination)
    {
        var breaker = destination.Breaker.State;
        var told = new MemberDestination
        {
            Name = destination.Name,
            State = breaker.Rejecting ? DestinationState.Rejecting : breaker.Open ? DestinationState.Open : DestinationState.Running,
            Reason = breaker.Open ? breaker.Reason : destination.Dispatchers.Select(dispatcher => dispatcher.Fault).FirstOrDefault(fault => fault is not null),
            Until = breaker.Until,
            InFlight = destination.Slots.InUse,
            ParkedLanes = destination.Dispatchers.Sum(dispatcher => dispatcher.Gauges.ParkedLanes),
            BlockedLanes = destination.Dispatchers.Sum(dispatcher => dispatcher.Gauges.BlockedLanes),
            BacklogWarning = destination.BacklogWarning,
        };
        return told is { State: DestinationState.Running, Reason: null, InFlight: 0, ParkedLanes: 0, BacklogWarning: null } ? null : told;
    }

    private Task TellAsync(CancellationToken cancellationToken)
    {
        var told = live.Values.Select(Describe).OfType<MemberDestination>().OrderBy(status => status.Name, StringComparer.Ordinal).ToList();
        sharing.Publish(JsonSerializer.SerializeToUtf8Bytes(told, DeliveryJson.Default.ListMemberDestination));
        _fails = false;
        return Task.CompletedTask;
    }

    // Once, not each second of what goes on.
    private void Fail(Exception exception)
    {
        if (!_fails)
        {
            Log.NotTold(logger, exception);
        }

        _fails = true;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.StatusNotTold, LogLevel.Error, "What this process delivers could not be told to the others; tried again every second.")]
        public static partial void NotTold(ILogger logger, Exception exception);
    }
}
