using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>
/// Follows each partition into its next generation and to its next owner: lets the dispatchers of the old one go, then, where this process owns it,
/// begins anew from what the storage holds, as a restart of the process would.
/// </summary>
/// <remarks>
/// <para>
/// Why no change of owners reorders first arrivals (P3), whatever falls between whatever. Call a router's work on one lane between taking the partition
/// and losing it a run. A run begins from what Redis holds after the run's token stands in the partition's meta; from then on Redis refuses every save
/// of an earlier run, because each compares its token in the same script that writes. So each run begins from the last save of its predecessors, and
/// nothing is saved behind its back.
/// </para>
/// <para>
/// In what is saved, event n of a lane counts as settled only if it was delivered, if its dead letter (or the given up range that holds it) is in that
/// same save, or if it stands parked ahead of n+1 in the same lane. Within a run, n+1 is attempted only once n is settled in that run's books, and where
/// it is settled by a dead letter, only once that letter's save was accepted: a router that has lost the partition never hears so, and its lane stands
/// still for good. So in every run, at the moment when n+1 is attempted, n was delivered by this run or an earlier one, or its dead letter is saved.
/// That holds for an attempt of an old run that slips past the clock's check, too: it may repeat what a new run delivers, at any time, but the first
/// arrival of n+1, whichever run it comes from, lies behind the first delivery of n or behind its saved dead letter.
/// </para>
/// <para>
/// The clock's check before each attempt is therefore not what keeps the order. It keeps repeats few: without it a router that woke late would go on
/// delivering until its next save is refused.
/// </para>
/// </remarks>
internal sealed partial class PartitionMoves(
    IReadOnlyList<ILogPartition> followed,
    PartitionDelivery?[] partitions,
    ConcurrentDictionary<string, LiveDestination> destinations,
    SemaphoreSlim changing,
    DispatcherMaker maker,
    Registration registration,
    Controls controls,
    Func<(PostriderConfig Config, RouteTable Routes)> inForce,
    Func<int, Task> begun,
    TimeProvider time,
    ILogger<PartitionMoves> logger) : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // What is not saved by then is repeated by the next owner: better than to keep it waiting.
    private static readonly TimeSpan LastSave = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogPartition[] _current = [.. followed];

    // What delivery began from, by number; where another delivers, what is delivered there.
    private readonly ILogPartition[] _begun = [.. followed];
    private Task _following = Task.CompletedTask;

    /// <summary>
    /// For people: the partitions whose delivery has yet to begin again; null: none. Only where the storage has a new generation: that a partition
    /// goes from one owner to another is no more than a pause.
    /// </summary>
    public string? Moving
    {
        get
        {
            var moving = _begun.Where(HasYetToBegin).Select(partition => partition.Number).ToList();
            return moving.Count == 0 ? null : $"Delivery from partition {string.Join(", ", moving)} begins again, because its storage was restarted, restored or replaced.";
        }
    }

    // Not by the parameter, which would keep every partition that ever was.
    public void Start() => _following = Task.WhenAll(_current.ToArray().Select(FollowAsync).ToArray());

    /// <summary>Hands over all partitions, because the process stops: each is released when its attempts have ended.</summary>
    public async Task LeaveAllAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        await Task.WhenAll(_current.Where(partition => partition.Lease.IsHeld && !partition.Successor.IsCompleted).Select(HandOverAsync)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task FollowAsync(ILogPartition partition)
    {
        try
        {
            while (true)
            {
                await Task.WhenAny(partition.Successor, partition.Lease.Unwanted).WaitAsync(_stopping.Token).ConfigureAwait(false);
                if (!partition.Successor.IsCompleted)
                {
                    await HandOverAsync(partition).ConfigureAwait(false);
                }

                var successor = await partition.Successor.WaitAsync(_stopping.Token).ConfigureAwait(false);
                if (successor.Generation != partition.Generation)
                {
                    Log.Moved(logger, partition.Number, partition.Generation, successor.Generation, successor.EndPosition);
                }

                _current[partition.Number] = successor;
                await StopOldAsync(successor).ConfigureAwait(false);
                await LeaveAsync(successor).ConfigureAwait(false);
                if (!successor.Lease.IsHeld || await BeginAsync(successor).ConfigureAwait(false))
                {
                    _begun[successor.Number] = successor;
                }

                partition = successor;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && _stopping.IsCancellationRequested)
        {
            // Cut off in the middle, in whatever way: what it began is ended by whoever stops it.
        }
    }

    private static bool HasYetToBegin(ILogPartition begun)
    {
        var newest = begun;
        while (newest.Successor is { IsCompletedSuccessfully: true } successor)
        {
            newest = successor.Result;
        }

        return newest.Generation != begun.Generation && newest.Lease.IsHeld;
    }

    // In order: attempts in flight may end, what they brought is saved, then another may take the partition. Other partitions go on meanwhile.
    private async Task HandOverAsync(ILogPartition partition)
    {
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource();
        var limits = inForce().Config.Delivery;
        var deadline = Task.Delay(limits.HandoverTimeout < limits.ShutdownTimeout ? limits.HandoverTimeout : limits.ShutdownTimeout, time, limit.Token);
        await Task.WhenAll(DispatchersOf(partition.Number).Select(dispatcher => dispatcher.StopAsync(deadline))).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        await changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // A reload may have made more of them meanwhile.
            await EndAsync(partition.Number, save: true).ConfigureAwait(false);
        }
        finally
        {
            changing.Release();
        }

        await partition.Lease.ReleaseAsync().ConfigureAwait(false);
        Log.HandedOver(logger, partition.Number, time.GetElapsedTime(began).TotalMilliseconds);
    }

    // At once, whoever changes something now: what the old dispatchers still attempt can only be a repeat. Cannot fail.
    private async Task StopOldAsync(ILogPartition successor)
    {
        await Task.WhenAll(DispatchersOf(successor.Number)
            .Where(dispatcher => dispatcher.Partition != successor)
            .Select(dispatcher => dispatcher.StopAsync(Task.CompletedTask))).ConfigureAwait(false);
        if (partitions[successor.Number] is { } old)
        {
            await old.Saver.AbandonAsync().ConfigureAwait(false);
        }
    }

    // What the partition's dispatchers know is void: they end without another save, and the attempts in flight with them. Cannot fail.
    private async Task LeaveAsync(ILogPartition successor)
    {
        await changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            await EndAsync(successor.Number, save: false).ConfigureAwait(false);
            partitions[successor.Number] = successor.Lease.IsHeld ? maker.Open(successor, inForce().Routes) : null;
        }
        finally
        {
            changing.Release();
        }
    }

    private async Task EndAsync(int number, bool save)
    {
        var ending = DispatchersOf(number);
        var saver = partitions[number]?.Saver;
        partitions[number] = null;
        await Task.WhenAll(ending.Select(dispatcher => dispatcher.StopAsync(Task.CompletedTask))).ConfigureAwait(false);
        if (save && saver is not null)
        {
            using var limit = new CancellationTokenSource();
            await Task.WhenAny(saver.FlushAsync(), Task.Delay(LastSave, time, limit.Token)).ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false);
        }

        foreach (var dispatcher in ending)
        {
            await dispatcher.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var destination in destinations.Values)
        {
            destination.Replace(number, null);
        }

        if (saver is not null)
        {
            await saver.AbandonAsync().ConfigureAwait(false);
        }
    }

    private List<Dispatcher> DispatchersOf(int number) =>
        [.. destinations.Values.Select(destination => destination.DispatcherOf(number)).OfType<Dispatcher>()];

    private async Task TryBeginAsync(ILogPartition successor)
    {
        await changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            foreach (var (destination, dispatcher, saved) in await MakeAsync(successor).ConfigureAwait(false))
            {
                destination.Replace(successor.Number, dispatcher);
                dispatcher.Start();
                if (destination.Control != saved)
                {
                    // What an operator decided outlives a storage that was rolled back.
                    await dispatcher.SaveControlAsync(destination.Control).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            changing.Release();
        }
    }

    // All that can fail.
    private async Task<IReadOnlyList<(LiveDestination Destination, Dispatcher Dispatcher, DestinationControl Saved)>> MakeAsync(ILogPartition successor)
    {
        var made = new List<(LiveDestination Destination, Dispatcher Dispatcher, DestinationControl Saved)>();
        try
        {
            var (config, routes) = inForce();
            var records = await registration.RegisterAsync(successor, config, destinations.ContainsKey, _stopping.Token).ConfigureAwait(false);

            // One that a reload added meanwhile delivers from the successor already.
            foreach (var destination in destinations.Values.Where(destination => destination.DispatcherOf(successor.Number) is null))
            {
                var record = records[destination.Name];
                controls.Meet(destination, record.Control);
                var dispatcher = maker.Make(destination, record, partitions[successor.Number]!);
                made.Add((destination, dispatcher, record.Control));
                await dispatcher.LoadAsync(routes, _stopping.Token).ConfigureAwait(false);
            }

            return made;
        }
        catch
        {
            await Task.WhenAll(made.Select(item => item.Dispatcher.DisposeAsync().AsTask())).ConfigureAwait(false);
            throw;
        }
    }

    // Until it works; false: the partition has moved once more.
    private async Task<bool> BeginAsync(ILogPartition successor)
    {
        while (!successor.Successor.IsCompleted)
        {
            try
            {
                await TryBeginAsync(successor).ConfigureAwait(false);
                await begun(successor.Number).ConfigureAwait(false);
                Log.Begun(logger, successor.Number, successor.EndPosition);
                return true;
            }
            catch (GenerationMovedException)
            {
                return false;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException && !_stopping.IsCancellationRequested)
            {
                Log.BeginFailed(logger, exception, successor.Number);
                await Task.Delay(RetryDelay, time, _stopping.Token).ConfigureAwait(false);
            }
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogEvents.PartitionMoved, LogLevel.Warning,
            "Partition {Partition} went from generation {Old} to {New}: its storage was restarted, restored or replaced. Delivery begins again from what it holds, up to position {End}; some events may come twice.")]
        public static partial void Moved(ILogger logger, int partition, long old, long @new, long end);

        [LoggerMessage(LogEvents.PartitionBeginFailed, LogLevel.Error, "Delivery from partition {Partition} could not begin again; tried again in a second.")]
        public static partial void BeginFailed(ILogger logger, Exception exception, int partition);

        [LoggerMessage(LogEvents.PartitionBegun, LogLevel.Debug, "Delivery from partition {Partition} has begun, up to position {End}.")]
        public static partial void Begun(ILogger logger, int partition, long end);

        [LoggerMessage(LogEvents.PartitionHandedOver, LogLevel.Information, "Partition {Partition} is handed over, after {Milliseconds:0} ms.")]
        public static partial void HandedOver(ILogger logger, int partition, double milliseconds);
    }
}
