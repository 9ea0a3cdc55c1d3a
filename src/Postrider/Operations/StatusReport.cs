using System.Globalization;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Gathers how the server is doing.</summary>
public sealed class StatusReport
{
    private const int WarnPerMille = 500;
    private const int AlarmPerMille = 800;

    private readonly ServerState _state;
    private readonly Readiness _readiness;
    private readonly IConfigStore _config;

    internal StatusReport(ServerState state, Readiness readiness, IConfigStore config)
    {
        _state = state;
        _readiness = readiness;
        _config = config;
    }

    /// <summary>How the server is doing now; null: it is still starting.</summary>
    public async Task<ServerStatus?> GetAsync(CancellationToken cancellationToken)
    {
        if (_state.Running is not { } running)
        {
            return null;
        }

        var destinations = await running.Delivery.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        var members = MemberReports.Of(running.Log.Sharing);
        return new ServerStatus
        {
            Version = ProductVersion.Text,
            StartedAt = running.StartedAt,
            Ready = _readiness.Check().Ready,
            Log = DescribeLog(running),
            Destinations = [.. destinations.OrderBy(destination => destination.Name, StringComparer.Ordinal).Select(Describe)],
            Members = members,
            Warnings = [.. FindWarnings(running, destinations), .. MemberReports.FindWarnings(members)],
        };
    }

    private static LogStatus DescribeLog(RunningServer running)
    {
        var log = running.Log;
        var condition = log.Condition;
        var usage = log.GetUsage();
        return new LogStatus
        {
            Id = log.Id,
            Place = running.Place,
            Promise = running.Promise?.Invoke(),
            State = condition.State switch
            {
                LogState.Ready => "ready",
                LogState.Unreachable => "unreachable",
                LogState.Partial => "partial",
                LogState.Full => "full",
                LogState.Corrupt => "corrupt",
                _ => "failed",
            },
            Reason = condition.Reason,
            Bytes = usage.Bytes,
            UnsettledBytes = usage.UnsettledBytes,
            LimitBytes = usage.LimitBytes,
            FreeDiskBytes = usage.FreeDiskBytes,
            RepeatIds = usage.Repeats?.Ids,
            MaxRepeatIds = usage.Repeats?.MaxIds,
            RepeatIdsForgottenEarly = usage.Repeats?.ForgottenEarly,
            Partitions = [.. log.Partitions.Select(part => new PartitionStatus(part.Number, part.Generation, part.FirstPosition, part.EndPosition))],
        };
    }

    private static DestinationReport Describe(DestinationStatus status) => new()
    {
        Name = status.Name,
        Type = status.Type,
        State = status.State switch
        {
            DestinationState.Running => "running",
            DestinationState.Paused => "paused",
            DestinationState.Open => "open",
            DestinationState.Rejecting => "rejecting",
            _ => "disabled",
        },
        Configured = status.Configured,
        Lag = status.Lag,
        OldestPendingSeconds = status.OldestPendingSeconds,
        InFlight = status.InFlight,
        ParkedLanes = status.ParkedLanes,
        ParkedEvents = status.ParkedEvents,
        DeadLetters = status.DeadLetters,
        Delivered = status.Delivered,
        FailedAttempts = status.FailedAttempts,
        Reason = status.Reason,
        Until = status.Until,
        Waits = [.. status.Waits.Select(wait => new WaitReport(wait.For, wait.Until, wait.Reason))],
        BlockedLanes = status.BlockedLanes,
        LongestParked = [.. status.LongestParked.Select(Describe)],
        PinnedPercent = status.PinnedPerMille / 10.0,
    };

    private static ParkedKeyReport Describe(LongParkedKey parked) => new()
    {
        Key = parked.Key,
        EventId = parked.EventId,
        Events = parked.Events,
        Since = parked.Since,
        Due = parked.Due,
        Blocked = parked.Blocked,
        Attempts = parked.Attempts,
        LastError = parked.LastError is { } error ? new EventErrorAnswer(error.Class, error.Status, error.Message) : null,
    };

    private List<string> FindWarnings(RunningServer running, IReadOnlyList<DestinationStatus> destinations)
    {
        var warnings = new List<string>();
        if (running.Log.Condition is { State: not LogState.Ready } condition)
        {
            warnings.Add(condition.Reason ?? $"The log is {condition.State}.");
        }

        if (running.Delivery.Fault is { } fault)
        {
            warnings.Add(fault);
        }

        if (_config.Current.Destinations.Count == 0)
        {
            warnings.Add("No destinations are configured: events are only stored.");
        }

        foreach (var destination in destinations.OrderBy(destination => destination.Name, StringComparer.Ordinal))
        {
            AddWarnings(destination, warnings);
        }

        return warnings;
    }

    private static string Spell(TimeSpan duration) =>
        duration.Ticks % TimeSpan.TicksPerHour == 0 ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalHours} h")
        : duration.Ticks % TimeSpan.TicksPerMinute == 0 ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMinutes} min")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds} s");

    private void AddWarnings(DestinationStatus destination, List<string> warnings)
    {
        if (!destination.Configured)
        {
            var forgetAfter = Spell(_config.Current.Delivery.ForgetAfter);
            warnings.Add($"Destination '{destination.Name}' is not configured any more: its backlog of {Counted.Of(destination.Lag, "event")} is kept for "
                + $"{forgetAfter} (delivery.forgetAfter) after it left the configuration, then it is given up.");
        }

        if (destination.BacklogWarning is { } backlog)
        {
            warnings.Add($"Destination '{destination.Name}': {backlog}");
        }

        if (destination.PinnedPerMille >= WarnPerMille)
        {
            var percent = (destination.PinnedPerMille / 10).ToString(CultureInfo.InvariantCulture);
            warnings.Add(destination.PinnedPerMille >= AlarmPerMille
                ? $"Destination '{destination.Name}' pins {percent} % of the log's limit: when it reaches 100 % the gateway refuses events for all."
                : $"Destination '{destination.Name}' pins {percent} % of the log's limit.");
        }
    }
}
