using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Turns a request for a replay into a job for each partition that has something for it.</summary>
internal sealed class ReplayPlan(IEventLog log, TimeProvider time)
{
    // Letters of this very moment count; those that follow do not.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <exception cref="ReplayRefusedException">The request makes no sense; the message says why.</exception>
    public async Task<IReadOnlyList<(ReplayJob Job, ILogPartition Partition)>> MakeAsync(
        string id, ReplayRequest request, LiveDestination live, CancellationToken cancellationToken)
    {
        Check(request);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var skipped = request.SkippedId is { } name ? await FindSkippedAsync(request.Destination, name, cancellationToken).ConfigureAwait(false) : default;
        var jobs = new List<(ReplayJob, ILogPartition)>();
        foreach (var partition in log.Partitions)
        {
            if (request.Selection.For(log, partition) is not { } filter || (skipped.Range is not null && partition.Number != skipped.Partition))
            {
                continue;
            }

            var job = new ReplayJob
            {
                Id = id,
                Destination = request.Destination,
                OfDeadLetters = request.OfDeadLetters,
                Filter = filter,
                Rate = request.Rate,
                From = 0,
                Before = partition.EndPosition,
                Total = 0,
                CreatedAt = now,
                Progress = new ReplayProgress(ReplayState.Running, 0, 0),
            };
            var dispatcher = live.DispatcherOf(partition.Number);
            job = request.OfDeadLetters
                ? await PlanLettersAsync(job, partition, now, cancellationToken).ConfigureAwait(false)
                : await PlanLogAsync(job, partition, dispatcher, skipped.Range, cancellationToken).ConfigureAwait(false);
            if (job.Total > 0)
            {
                jobs.Add((job, partition));
            }
        }

        return jobs.Count > 0 ? jobs : throw new ReplayRefusedException("Nothing matches: there is nothing to replay.");
    }

    /// <summary>What was selected when the job was made.</summary>
    public static EventSelection SelectionOf(IEventLog log, ILogPartition partition, ReplayJob job) => new(
        job.Filter.Key,
        job.Filter.Type,
        job.Filter.Class,
        job.Filter.Since,
        job.OfDeadLetters && job.Filter.Until == job.CreatedAt + Moment ? null : job.Filter.Until,
        job.Filter.Position is { } position ? EventSelections.IdOf(log, partition, position) : null);

    private static void Check(ReplayRequest request)
    {
        var selection = request.Selection;
        if (request.Rate is { } rate && !(rate > 0 && double.IsFinite(rate)))
        {
            throw new ReplayRefusedException("The rate must be a number above 0.");
        }

        if (selection is { Since: { } since, Until: { } until } && since >= until)
        {
            throw new ReplayRefusedException("The time range is empty: 'since' is not before 'until'.");
        }

        if (!request.OfDeadLetters && selection.Class is not null)
        {
            throw new ReplayRefusedException("A class selects dead letters; the log's events have none.");
        }

        if (request.OfDeadLetters && request.SkippedId is not null)
        {
            throw new ReplayRefusedException("A skipped range is replayed from the log, not from the dead letters.");
        }
    }

    private async Task<(int Partition, GivenUpRange? Range)> FindSkippedAsync(string destination, string id, CancellationToken cancellationToken)
    {
        if (SkippedId.TryParse(id, out var partition, out var number) && partition < log.Partitions.Count)
        {
            var ranges = await log.Partitions[partition].State.ReadGivenUpAsync(destination, int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (ranges.FirstOrDefault(range => range.Number == number) is { } found)
            {
                return found.Before > log.Partitions[partition].FirstPosition
                    ? (partition, found)
                    : throw new ReplayRefusedException($"The log no longer holds the events of {id}.");
            }
        }

        throw new ReplayRefusedException($"Destination {destination} has no skipped range {id}.");
    }

    private static async Task<ReplayJob> PlanLettersAsync(ReplayJob job, ILogPartition partition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // What dies while the replay runs is not for it.
        var end = now + Moment;
        var filter = job.Filter with { Until = job.Filter.Until is { } until && until < end ? until : end };
        var total = await partition.State.CountDeadLettersAsync(job.Destination, filter, cancellationToken).ConfigureAwait(false);
        return job with { Filter = filter, Total = total };
    }

    private static async Task<ReplayJob> PlanLogAsync(
        ReplayJob job, ILogPartition partition, Dispatcher? dispatcher, GivenUpRange? skipped, CancellationToken cancellationToken)
    {
        var from = partition.FirstPosition;

        // What is not read yet comes anyway, and is passed over where another process knows better what that is.
        var before = dispatcher is null ? partition.EndPosition : await dispatcher.AskAsync(() => dispatcher.ReadPosition).ConfigureAwait(false);
        if (job.Filter.Since is { } since)
        {
            from = Math.Max(from, await PositionSearch.FindStartAsync(partition, since, cancellationToken).ConfigureAwait(false));
        }

        if (job.Filter.Until is { } until)
        {
            before = Math.Min(before, await PositionSearch.FindEndAsync(partition, until, cancellationToken).ConfigureAwait(false));
        }

        if (job.Filter.Position is { } position)
        {
            from = Math.Max(from, position);
            before = Math.Min(before, position + 1);
        }

        if (skipped is not null)
        {
            from = Math.Max(from, skipped.From);
            before = Math.Min(before, skipped.Before);
        }

        return job with { From = from, Before = before, Total = Math.Max(0, before - from), Progress = job.Progress with { Next = from } };
    }
}
