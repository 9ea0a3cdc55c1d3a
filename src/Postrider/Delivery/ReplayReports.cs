using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A replay in one partition, as this process knows it or as its owner has saved it.</summary>
/// <param name="Job">The replay.</param>
/// <param name="Partition">Where.</param>
/// <param name="Waits">For people: what it waits for; null: nothing, or its owner knows.</param>
internal sealed record ReplayPart(ReplayJob Job, int Partition, string? Waits);

/// <summary>Puts the parts of a replay together.</summary>
internal static class ReplayReports
{
    public static ReplayReport Of(IEventLog log, IReadOnlyList<ReplayPart> parts)
    {
        List<ReplayJob> jobs = [.. parts.Select(part => part.Job)];
        var first = jobs[0];
        var total = jobs.Sum(job => job.Total);
        var state = jobs.Select(job => job.Progress.State).OrderBy(RankOf).First();
        var events = jobs.Sum(job => job.Progress.Events);
        var looked = first.OfDeadLetters ? events : jobs.Sum(job => Math.Max(0, Math.Min(job.Progress.Next, job.Before) - job.From));
        return new ReplayReport
        {
            Id = first.Id,
            Destination = first.Destination,
            OfDeadLetters = first.OfDeadLetters,
            Selection = ReplayPlan.SelectionOf(log, log.Partitions[parts[0].Partition], first),
            Rate = first.Rate,
            State = state,
            Events = events,
            Total = total,
            Part = state == ReplayState.Done || total == 0 ? 1 : Math.Min(1, (double)looked / total),
            CreatedAt = first.CreatedAt,
            FinishedAt = state == ReplayState.Running ? null : jobs.Max(job => job.Progress.FinishedAt),
            Reason = state == ReplayState.Running
                ? parts.Select(part => part.Waits).FirstOrDefault(waits => waits is not null)
                : jobs.Select(job => job.Progress.Reason).FirstOrDefault(reason => reason is not null),
        };
    }

    // What is true of one partition is true of all: while one runs it runs, where one failed it failed.
    private static int RankOf(ReplayState state) => state switch
    {
        ReplayState.Running => 0,
        ReplayState.Failed => 1,
        ReplayState.Cancelled => 2,
        _ => 3,
    };
}
