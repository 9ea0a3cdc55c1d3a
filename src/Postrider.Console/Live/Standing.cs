using Postrider.Operations;
using Postrider.WebConsole.Parts;

namespace Postrider.WebConsole.Live;

/// <summary>Where one destination stands, judged: how bad, in a word, and why in a sentence.</summary>
/// <param name="Report">What the server says.</param>
/// <param name="Urgency">How much it needs someone.</param>
/// <param name="Word">In a word or two.</param>
/// <param name="Why">Why, for people; null: nothing is wrong.</param>
public sealed record Standing(DestinationReport Report, Urgency Urgency, string Word, string? Why)
{
    // A destination that keeps up is seconds behind at most; one that is minutes behind has its users notice.
    private const double LateSeconds = 30;
    private const double VeryLateSeconds = 300;

    /// <summary>Since when its oldest event waits; null: none does.</summary>
    /// <param name="now">When the report was made.</param>
    public DateTimeOffset? WaitingSince(DateTimeOffset now) => Report.OldestPendingSeconds is { } seconds ? now.AddSeconds(-seconds) : null;

    /// <summary>Judges a report.</summary>
    public static Standing Of(DestinationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var (severity, word) = report switch
        {
            { Configured: false } => (Urgency.Watch, "Leaving"),
            { State: "open" } => (Urgency.Trouble, "Failing"),
            { State: "rejecting" } => (Urgency.Trouble, "Rejecting"),
            { State: "disabled" } => (Urgency.Watch, "Disabled"),
            { State: "paused" } => (Urgency.Watch, "Paused"),
            { BlockedLanes: > 0 } => (Urgency.Trouble, "Keys blocked"),
            { OldestPendingSeconds: > VeryLateSeconds, ParkedLanes: 0 } => (Urgency.Trouble, "Late"),
            { ParkedLanes: > 0 } => (Urgency.Watch, "Retrying"),
            { OldestPendingSeconds: > LateSeconds } => (Urgency.Watch, "Late"),
            _ => (Urgency.Fine, "Running"),
        };
        return new Standing(report, severity, word, Explain(report, severity));
    }

    private static string? Explain(DestinationReport report, Urgency severity) => report switch
    {
        _ when severity is Urgency.Fine => null,
        { Configured: false } => "It has left the configuration; its backlog is kept for a while, then given up.",
        { State: "running", ParkedLanes: > 0, LongestParked: [{ LastError: { } error } first, ..] } =>
            $"{Words.Count(report.ParkedLanes)} {(report.ParkedLanes == 1 ? "key waits" : "keys wait")} behind an event that failed"
            + $"{(first.Key is { } key ? $", longest “{key}”" : "")}: {error.Message}",
        { Waits: [var wait, ..] } => Words.Sentence(wait.Reason),
        { Reason: { } reason } => Words.Sentence(reason),
        _ => "Its oldest event has waited long, and nothing says why: look at its attempts.",
    };
}
