using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Operations;

/// <summary>What operators do to one destination.</summary>
internal sealed partial class DestinationControls(ServerState state, AuditLog audit, ILogger<DestinationControls> logger)
{
    private const string PlainReason = "disabled through the admin API";

    public async Task<bool> PauseAsync(Operator by, string destination, CancellationToken cancellationToken)
    {
        var found = await ControlAsync(by, "pause", destination, () => state.Require().Delivery.PauseAsync(destination, cancellationToken), "paused").ConfigureAwait(false);
        if (found)
        {
            Log.Paused(logger, destination);
        }

        return found;
    }

    public async Task<bool> ResumeAsync(Operator by, string destination, CancellationToken cancellationToken)
    {
        var found = await ControlAsync(by, "resume", destination, () => state.Require().Delivery.ResumeAsync(destination, cancellationToken), "resumed").ConfigureAwait(false);
        if (found)
        {
            Log.Resumed(logger, destination);
        }

        return found;
    }

    /// <summary>Null for the reason: a plain one.</summary>
    public async Task<bool> DisableAsync(Operator by, string destination, string? reason, CancellationToken cancellationToken)
    {
        var why = reason ?? PlainReason;
        var found = await ControlAsync(
            by, "disable", destination, () => state.Require().Delivery.DisableAsync(destination, why, cancellationToken), $"disabled: {why}").ConfigureAwait(false);
        if (found)
        {
            Log.Disabled(logger, destination, why);
        }

        return found;
    }

    public Task<TestReport?> TestAsync(Operator by, string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken) => audit.RecordAsync(
        by,
        "test",
        destination,
        async () => await state.Require().Delivery.TestAsync(destination, body, cancellationToken).ConfigureAwait(false) is { } test
            ? new TestReport
            {
                EventId = test.EventId,
                Outcome = test.Outcome,
                Status = test.Status,
                ErrorClass = test.ErrorClass,
                Reason = test.Reason,
                Answer = test.Answer,
                Milliseconds = Math.Round(test.Duration.TotalMilliseconds, 1),
            }
            : null,
        report => report?.Outcome);

    public Task<SkipReport?> SkipAsync(Operator by, string destination, DateTimeOffset? before, CancellationToken cancellationToken) => audit.RecordAsync(
        by,
        "skip",
        destination,
        async () => await state.Require().Delivery.SkipAsync(destination, before, cancellationToken).ConfigureAwait(false) is { } skipped
            ? new SkipReport(skipped.Positions, skipped.Events)
            : null,
        report => report is null ? null : string.Create(
            CultureInfo.InvariantCulture, $"{Counted.Of(report.Events, "event")} given up, {(before is { } time ? $"received before {time:u}" : "all that waited")}"));

    private Task<bool> ControlAsync(Operator by, string action, string destination, Func<Task<bool>> control, string done) =>
        audit.RecordAsync(by, action, destination, control, found => found ? done : null);

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DestinationPaused, LogLevel.Information, "Destination {Destination} paused through the admin API; it keeps its backlog")]
        public static partial void Paused(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DestinationResumed, LogLevel.Information, "Destination {Destination} resumed through the admin API")]
        public static partial void Resumed(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DestinationDisabledByOperator, LogLevel.Information, "Destination {Destination} disabled through the admin API until someone resumes it: {Reason}")]
        public static partial void Disabled(ILogger logger, string destination, string reason);
    }
}
