using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Puts replays into the API's words.</summary>
internal static class ReplayReports
{
    public const string OfDeadLetters = "dead-letters";
    public const string OfTheLog = "log";

    public static ReplayAnswer Describe(ReplayReport report) => new()
    {
        Id = report.Id,
        Destination = report.Destination,
        Source = report.OfDeadLetters ? OfDeadLetters : OfTheLog,
        State = report.State switch
        {
            ReplayState.Running => "running",
            ReplayState.Done => "done",
            ReplayState.Cancelled => "cancelled",
            _ => "failed",
        },
        Filters = report.Selection.ToFilter(),
        Rate = report.Rate,
        Events = report.Events,
        Total = report.Total,
        Part = report.Part,
        Reason = report.Reason,
        CreatedAt = report.CreatedAt,
        FinishedAt = report.FinishedAt,
    };
}
