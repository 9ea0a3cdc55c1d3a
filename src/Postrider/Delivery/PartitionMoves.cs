using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>
/// Follows each partition into its next generation: lets the dispatchers of the old one go, then begins anew from what the storage holds,
/// as a restart of the process would.
/// </summary>
internal sealed partial class PartitionMoves(
    PartitionDelivery[] partitions,
    ConcurrentDictionary<string, LiveDestination> destinations,
    SemaphoreSlim changing,
    DispatcherMaker maker,
    Registration registration,
    Func<(PostriderConfig Config, RouteTable Routes)> inForce,
    TimeProvider time,
    ILogger<PartitionMoves> logger) : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();

    // What delivery began from, by number.
    private readonly ILogPartition[] _begun = [.. partitions.Select(partition => partition.Partition)];
    private Task _following = Task.CompletedTask;

    /// <summary>For people: the partitions whose delivery has yet to begin again; null: none.</summary>
    public string? Moving
    {
        get
        {
            var moving = _begun.Where(partition => partition.Successor.IsCompleted).Select(partition => partition.Number).ToList();
            return moving.Count == 0 ? null : $"Delivery from partition {string.Join(", ", moving)} begins again, because its storage was restarted, restored or replaced.";
        }
    }

    public void Start() => _following = Task.WhenAll(partitions.Select(partition => FollowAsync(partition.Partition)).ToArray());

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
                var successor = await partition.Successor.WaitAsync(_stopping.Token).ConfigureAwait(false);
                Log.Moved(logger, partition.Number, partition.Generation, successor.Generation, successor.EndPosition);
                await StopOldAsync(successor).ConfigureAwait(false);
                await LeaveAsync(successor).ConfigureAwait(false);
                if (await BeginAsync(successor).ConfigureAwait(false))
                {
                    _begun[successor.Number] = successor;
                }

                partition = successor;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && _stopping.IsCancellationRequested)
        {
            // Whatever was under way then is made again after the start.
        }
    }

    // At once, whoever changes something now: what the old dispatchers still attempt can only be a repeat. Cannot fail.
    private async Task StopOldAsync(ILogPartition successor)
    {
        await Task.WhenAll(destinations.Values.Select(destination => destination.Dispatchers[successor.Number])
            .Where(dispatcher => dispatcher.Partition != successor)
            .Select(dispatcher => dispatcher.StopAsync(Task.CompletedTask))).ConfigureAwait(false);
        await partitions[successor.Number].Saver.AbandonAsync().ConfigureAwait(false);
    }

    // What the partition's dispatchers know is void: they end without another save, and the attempts in flight with them. Cannot fail.
    private async Task LeaveAsync(ILogPartition successor)
    {
        await changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            partitions[successor.Number] = maker.Open(successor, inForce().Routes);
            await Task.WhenAll(destinations.Values.Select(destination => EndAsync(destination.Dispatchers[successor.Number]))).ConfigureAwait(false);
        }
        finally
        {
            changing.Release();
        }
    }

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
            var records = await registration.RegisterAsync(successor, config, name => BeginningOf(name, successor.Number), _stopping.Token).ConfigureAwait(false);

            // One that a reload added meanwhile delivers from the successor already.
            foreach (var destination in destinations.Values.Where(destination => destination.Dispatchers[successor.Number].Partition != successor))
            {
                var record = records[destination.Name];
                var dispatcher = maker.Make(destination, record, partitions[successor.Number]);
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

    private long? BeginningOf(string name, int partition) =>
        destinations.TryGetValue(name, out var destination) ? destination.Dispatchers[partition].StartPosition : null;

    private static async Task EndAsync(Dispatcher dispatcher)
    {
        await dispatcher.StopAsync(Task.CompletedTask).ConfigureAwait(false);
        await dispatcher.DisposeAsync().ConfigureAwait(false);
    }

    // Until it works; false: the partition has moved once more.
    private async Task<bool> BeginAsync(ILogPartition successor)
    {
        while (true)
        {
            try
            {
                await TryBeginAsync(successor).ConfigureAwait(false);
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
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogEvents.PartitionMoved, LogLevel.Warning,
            "Partition {Partition} went from generation {Old} to {New}: its storage was restarted, restored or replaced. Delivery begins again from what it holds, up to position {End}; some events may come twice.")]
        public static partial void Moved(ILogger logger, int partition, long old, long @new, long end);

        [LoggerMessage(LogEvents.PartitionBeginFailed, LogLevel.Error, "Delivery from partition {Partition} could not begin again; tried again in a second.")]
        public static partial void BeginFailed(ILogger logger, Exception exception, int partition);
    }
}
