using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>All replays: begins them, takes them up again after a restart or from another owner, and says how they are doing. To one destination in one
/// partition one at a time; the others wait.</summary>
internal sealed partial class Replays(
    IEventLog log, Func<string, LiveDestination?> find, Func<RouteTable> routes, OwnerCalls owners, TimeProvider time, ILogger<Replays> logger) : IReplays, IAsyncDisposable
{
    // More would be a mistake of whoever starts them; each costs little.
    private const int MostUnfinished = 100;

    private readonly Lock _lock = new();
    private readonly List<ReplayRun> _runs = [];
    private readonly Dictionary<(string Destination, int Partition), Task> _lines = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _starting = new(1, 1);

    private IEnumerable<ILogPartition> Elsewhere => log.Partitions.Where(partition => !partition.Lease.IsHeld);

    /// <summary>Takes up what was running when the process last stopped.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var found = new List<(ReplayJob Job, int Partition)>();
        foreach (var partition in log.Partitions.Where(partition => partition.Lease.IsHeld))
        {
            var jobs = await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
            found.AddRange(jobs.Select(job => (job, partition.Number)));
        }

        await BeginAsync(found, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes up what another process began in a partition that this one owns, or owned before.</summary>
    public async Task LookAsync(int partition)
    {
        if (log.Partitions[partition] is { Lease.IsHeld: true } own)
        {
            var jobs = await own.State.LoadReplaysAsync(_stopping.Token).ConfigureAwait(false);
            await BeginAsync([.. jobs.Select(job => (job, partition))], null, _stopping.Token).ConfigureAwait(false);
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

            var all = await GatherAsync(cancellationToken).ConfigureAwait(false);
            if (all.Count(replay => replay.Any(part => part.Job.Progress.State == ReplayState.Running)) >= MostUnfinished)
            {
                throw new ReplayRefusedException($"{MostUnfinished} replays have not ended yet; wait for them or cancel some.");
            }

            var id = $"rpl_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
            var jobs = await new ReplayPlan(log, time).MakeAsync(id, request, live, cancellationToken).ConfigureAwait(false);
            await AddAsync(jobs).ConfigureAwait(false);
            Log.Started(logger, id, request.Destination, jobs.Sum(item => item.Job.Total));

            // How many parts there are is known here: between storing and beginning nothing is asked that could fail.
            await BeginAsync([.. jobs.Where(item => item.Partition.Lease.IsHeld).Select(item => (item.Job, item.Partition.Number))], jobs.Count, CancellationToken.None).ConfigureAwait(false);
            await Task.WhenAll(jobs.Where(item => !item.Partition.Lease.IsHeld).Select(item => TellOwnerAsync(item.Partition.Number))).ConfigureAwait(false);
            return ReplayReports.Of(log, [.. jobs.Select(item => PartOf(item.Job, item.Partition.Number))]);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async Task<IReadOnlyList<ReplayReport>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await GatherAsync(cancellationToken).ConfigureAwait(false)).Select(parts => ReplayReports.Of(log, parts)).OrderByDescending(report => report.CreatedAt)];

    public async Task<ReplayReport?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await GatherAsync(cancellationToken).ConfigureAwait(false)).Find(parts => parts[0].Job.Id == id) is { } found ? ReplayReports.Of(log, found) : null;

    public async Task<ReplayReport?> CancelAsync(string id, CancellationToken cancellationToken)
    {
        var all = await GatherAsync(cancellationToken).ConfigureAwait(false);
        if (all.Find(parts => parts[0].Job.Id == id) is not { } found)
        {
            return null;
        }

        await Task.WhenAll(found.Where(part => part.Job.Progress.State == ReplayState.Running).Select(async part =>
        {
            if (!await CancelOwnAsync(id, part.Partition).ConfigureAwait(false))
            {
                await owners.AskAsync(part.Partition, new OwnerRequest { Kind = OwnerRequest.CancelReplay, Replay = id }, cancellationToken).ConfigureAwait(false);
            }
        })).WaitAsync(cancellationToken).ConfigureAwait(false);
        return await FindAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a replay in one partition. False: this process does not own it.</summary>
    public async Task<bool> CancelOwnAsync(string id, int partition)
    {
        try
        {
            await LookAsync(partition).ConfigureAwait(false);
            if (RunsOf(id).Find(run => run.Partition == partition && !run.IsElsewhere) is not { } run)
            {
                return false;
            }

            await run.CancelAsync(_stopping.Token).ConfigureAwait(false);
            return true;
        }
        catch (GenerationMovedException)
        {
            return false;
        }
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

    private async Task BeginAsync(IReadOnlyList<(ReplayJob Job, int Partition)> jobs, int? parts, CancellationToken cancellationToken)
    {
        foreach (var replay in jobs.GroupBy(item => item.Job.Id).OrderBy(group => group.Min(item => item.Job.CreatedAt)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            var throttle = await ThrottleAsync(replay.First().Job, parts, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                Forget();
                foreach (var (job, partition) in replay)
                {
                    // One that stopped because the partition was another's begins anew.
                    _runs.RemoveAll(run => run.Job.Id == job.Id && run.Partition == partition && run.HasStopped);
                    if (!_runs.Exists(run => run.Job.Id == job.Id && run.Partition == partition))
                    {
                        Begin(new ReplayRun(job, log, partition, find, routes, throttle(), time, logger));
                    }
                }
            }
        }
    }

    private void Begin(ReplayRun run)
    {
        _runs.Add(run);
        var line = (run.Job.Destination, run.Partition);
        _lines[line] = RunAsync(_lines.GetValueOrDefault(line, Task.CompletedTask), run);
    }

    // Its rate is for all partitions: where they belong to several processes, each partition has its part.
    private async Task<Func<ReplayThrottle>> ThrottleAsync(ReplayJob job, int? known, CancellationToken cancellationToken)
    {
        if (log.Sharing is null || job.Rate is not { } rate || job.Progress.State != ReplayState.Running)
        {
            var one = new ReplayThrottle(job.Rate, time);
            return () => one;
        }

        var parts = known ?? 0;
        foreach (var partition in known is null ? log.Partitions : [])
        {
            parts += (await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false)).Count(found => found.Id == job.Id);
        }

        return () => new ReplayThrottle(rate / Math.Max(1, parts), time);
    }

    private async Task RunAsync(Task before, ReplayRun run)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (run.IsRunning)
        {
            await run.RunAsync(_stopping.Token).ConfigureAwait(false);
            if (!run.HasStopped)
            {
                Log.Ended(logger, run.Job.Id, run.Job.Destination, run.Partition, run.Job.Progress.State, run.Job.Progress.Events);
            }
        }
    }

    // It looks when it next begins there, too.
    private async Task TellOwnerAsync(int partition)
    {
        try
        {
            await owners.AskAsync(partition, new OwnerRequest { Kind = OwnerRequest.LookForReplays }, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogUnavailableException or OperationCanceledException)
        {
            Log.OwnerSilent(logger, partition, exception.Message);
        }
    }

    // As the state store does, so that both tell the same.
    private void Forget()
    {
        _runs.RemoveAll(run => run.HasStopped);
        var ended = _runs.GroupBy(run => run.Job.Id).Where(group => group.All(run => !run.IsRunning))
            .OrderByDescending(group => group.Max(run => run.Job.CreatedAt)).Skip(MostUnfinished).SelectMany(group => group).ToHashSet();
        _runs.RemoveAll(ended.Contains);
        foreach (var (line, _) in _lines.Where(line => line.Value.IsCompleted).ToList())
        {
            _lines.Remove(line);
        }
    }

    private List<ReplayRun> RunsOf(string id)
    {
        lock (_lock)
        {
            return _runs.FindAll(run => run.Job.Id == id);
        }
    }

    private ReplayPart PartOf(ReplayJob job, int partition) =>
        RunsOf(job.Id).Find(run => run.Partition == partition) is { } run ? new ReplayPart(run.Job, partition, run.Waits) : new ReplayPart(job, partition, null);

    // What this process runs, and what the others have saved of theirs.
    private async Task<List<List<ReplayPart>>> GatherAsync(CancellationToken cancellationToken)
    {
        List<ReplayPart> parts;
        lock (_lock)
        {
            parts = [.. _runs.Where(run => !run.IsElsewhere).Select(run => new ReplayPart(run.Job, run.Partition, run.Waits))];
        }

        foreach (var partition in Elsewhere)
        {
            var jobs = await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
            parts.AddRange(jobs.Select(job => new ReplayPart(job, partition.Number, null)));
        }

        return [.. parts.GroupBy(part => part.Job.Id).Select(group => group.OrderBy(part => part.Partition).ToList())];
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ReplayStarted, LogLevel.Information, "Replay {Replay} to {Destination} begins: {Total} to look at.")]
        public static partial void Started(ILogger logger, string replay, string destination, long total);

        [LoggerMessage(LogEvents.ReplayNotTakenBack, LogLevel.Error, "Replay {Replay} to {Destination} could not be stored in all partitions, nor taken back in partition {Partition}: it may begin there at the next start. Cancel it then.")]
        public static partial void NotTakenBack(ILogger logger, Exception exception, string replay, string destination, int partition);

        [LoggerMessage(LogEvents.ReplayEnded, LogLevel.Information, "Replay {Replay} to {Destination}, partition {Partition}: {State} after {Events} events.")]
        public static partial void Ended(ILogger logger, string replay, string destination, int partition, ReplayState state, long events);

        [LoggerMessage(LogEvents.ReplayOwnerSilent, LogLevel.Warning, "The router of partition {Partition} has not yet taken up a replay: {Reason}")]
        public static partial void OwnerSilent(ILogger logger, int partition, string reason);
    }
}
