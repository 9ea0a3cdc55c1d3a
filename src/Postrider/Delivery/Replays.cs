using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>All replays: begins them, takes them up again after a restart, and says how they are doing. To one destination in one partition one
/// at a time; the others wait.</summary>
internal sealed partial class Replays(
    IEventLog log, Func<string, LiveDestination?> find, Func<RouteTable> routes, TimeProvider time, ILogger<Replays> logger) : IReplays, IAsyncDisposable
{
    // More would be a mistake of whoever starts them; each costs little.
    private const int MostUnfinished = 100;

    private readonly Lock _lock = new();
    private readonly List<ReplayRun> _runs = [];
    private readonly Dictionary<(string Destination, int Partition), Task> _lines = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _starting = new(1, 1);

    /// <summary>Takes up what was running when the process last stopped.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var found = new List<(ReplayJob Job, ILogPartition Partition)>();
        foreach (var partition in log.Partitions)
        {
            var jobs = await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
            found.AddRange(jobs.Select(job => (job, partition)));
        }

        foreach (var replay in found.GroupBy(item => item.Job.Id).OrderBy(group => group.Min(item => item.Job.CreatedAt)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            Begin([.. replay]);
        }
    }

    public async Task<ReplayReport?> StartAsync(ReplayRequest request, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (find(request.Destination) is not { } live)
            {
                return null;
            }

            if (Group().Count(replay => replay.Any(run => run.IsRunning)) >= MostUnfinished)
            {
                throw new ReplayRefusedException($"{MostUnfinished} replays have not ended yet; wait for them or cancel some.");
            }

            var id = $"rpl_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
            var jobs = await new ReplayPlan(log, time).MakeAsync(id, request, live, cancellationToken).ConfigureAwait(false);
            await AddAsync(jobs).ConfigureAwait(false);
            Log.Started(logger, id, request.Destination, jobs.Sum(item => item.Job.Total));
            return Report(Begin(jobs));
        }
        finally
        {
            _starting.Release();
        }
    }

    public Task<IReadOnlyList<ReplayReport>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ReplayReport>>([.. Group().Select(Report).OrderByDescending(report => report.CreatedAt)]);

    public Task<ReplayReport?> FindAsync(string id, CancellationToken cancellationToken) =>
        Task.FromResult(RunsOf(id) is { Count: > 0 } runs ? Report(runs) : null);

    public async Task<ReplayReport?> CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (RunsOf(id) is not { Count: > 0 } runs)
        {
            return null;
        }

        await Task.WhenAll(runs.Select(run => run.CancelAsync(_stopping.Token))).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Report(runs);
    }

    /// <summary>Stops all of them where they stand; a later start takes them up again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] lines;
        lock (_lock)
        {
            lines = [.. _lines.Values];
        }

        await Task.WhenAll(lines).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // In all partitions or, as far as can be, in none: nobody would know of what a failed call left behind, and a restart would take it up.
    private async Task AddAsync(IReadOnlyList<(ReplayJob Job, ILogPartition Partition)> jobs)
    {
        for (var i = 0; i < jobs.Count; i++)
        {
            try
            {
                await jobs[i].Partition.State.AddReplayAsync(jobs[i].Job, CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                // The one that failed, too: it may have been stored all the same.
                foreach (var stored in jobs.Take(i + 1))
                {
                    await TakeBackAsync(stored).ConfigureAwait(false);
                }

                throw;
            }
        }
    }

    private async Task TakeBackAsync((ReplayJob Job, ILogPartition Partition) stored)
    {
        try
        {
            var end = stored.Job.Progress with { State = ReplayState.Failed, FinishedAt = time.GetUtcNow(), Reason = "it could not be stored in all partitions" };
            await stored.Partition.State.EndReplayAsync(stored.Job.Id, end, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.NotTakenBack(logger, exception, stored.Job.Id, stored.Job.Destination, stored.Partition.Number);
        }
    }

    private List<ReplayRun> Begin(IReadOnlyList<(ReplayJob Job, ILogPartition Partition)> jobs)
    {
        var throttle = new ReplayThrottle(jobs[0].Job.Rate, time);
        var runs = new List<ReplayRun>();
        lock (_lock)
        {
            Forget();
            foreach (var (job, partition) in jobs)
            {
                var run = new ReplayRun(job, log, partition.Number, find, routes, throttle, time, logger);
                runs.Add(run);
                _runs.Add(run);
                var line = (job.Destination, partition.Number);
                _lines[line] = RunAsync(_lines.GetValueOrDefault(line, Task.CompletedTask), run);
            }
        }

        return runs;
    }

    private async Task RunAsync(Task before, ReplayRun run)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (run.IsRunning)
        {
            await run.RunAsync(_stopping.Token).ConfigureAwait(false);
            Log.Ended(logger, run.Job.Id, run.Job.Destination, run.Partition, run.Job.Progress.State, run.Job.Progress.Events);
        }
    }

    // As the state store does, so that both tell the same.
    private void Forget()
    {
        var ended = _runs.GroupBy(run => run.Job.Id).Where(group => group.All(run => !run.IsRunning))
            .OrderByDescending(group => group.Max(run => run.Job.CreatedAt)).Skip(MostUnfinished).SelectMany(group => group).ToHashSet();
        _runs.RemoveAll(ended.Contains);
    }

    private List<ReplayRun> RunsOf(string id)
    {
        lock (_lock)
        {
            return _runs.FindAll(run => run.Job.Id == id);
        }
    }

    private List<List<ReplayRun>> Group()
    {
        lock (_lock)
        {
            return [.. _runs.GroupBy(run => run.Job.Id).Select(group => group.ToList())];
        }
    }

    private ReplayReport Report(List<ReplayRun> runs)
    {
        var jobs = runs.ConvertAll(run => run.Job);
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
            Selection = ReplayPlan.SelectionOf(log, log.Partitions[runs[0].Partition], first),
            Rate = first.Rate,
            State = state,
            Events = events,
            Total = total,
            Part = state == ReplayState.Done || total == 0 ? 1 : Math.Min(1, (double)looked / total),
            CreatedAt = first.CreatedAt,
            FinishedAt = state == ReplayState.Running ? null : jobs.Max(job => job.Progress.FinishedAt),
            Reason = state == ReplayState.Running
                ? runs.Select(run => run.Waits).FirstOrDefault(waits => waits is not null)
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

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ReplayStarted, LogLevel.Information, "Replay {Replay} to {Destination} begins: {Total} to look at.")]
        public static partial void Started(ILogger logger, string replay, string destination, long total);

        [LoggerMessage(LogEvents.ReplayNotTakenBack, LogLevel.Error, "Replay {Replay} to {Destination} could not be stored in all partitions, nor taken back in partition {Partition}: it may begin there at the next start. Cancel it then.")]
        public static partial void NotTakenBack(ILogger logger, Exception exception, string replay, string destination, int partition);

        [LoggerMessage(LogEvents.ReplayEnded, LogLevel.Information, "Replay {Replay} to {Destination}, partition {Partition}: {State} after {Events} events.")]
        public static partial void Ended(ILogger logger, string replay, string destination, int partition, ReplayState state, long events);
    }
}
