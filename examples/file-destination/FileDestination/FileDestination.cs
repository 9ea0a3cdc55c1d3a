using System.Collections.Concurrent;
using Postrider.Destinations;

namespace Example.Files;

/// <summary>Appends events to <c>events-2026-01-31.ndjson</c>, by the UTC day on which they were received, and syncs before it says delivered.</summary>
internal sealed class FileDestination(FileSettings settings) : IDestination
{
    // One writer for a folder, not for an instance: after a reload two instances live for a moment.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Writers = new();

    private readonly SemaphoreSlim _writer = Writers.GetOrAdd(settings.Folder, _ => new SemaphoreSlim(1, 1));

    /// <inheritdoc/>
    public int MaxBatch => 500;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        // The batch is the caller's again when the call ends, which at a deadline is before a slow disk does: from here on there are lines.
        var plan = new WritePlan(batch, settings.MaxEventSize.Bytes);
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);

        // Files cannot be awaited, so a thread of the pool waits for the disk. At the deadline the call ends; the write keeps
        // its turn until the disk has answered, so that a later attempt cannot pass it.
        return await Task.Run(() => Write(plan), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private DeliveryResult[] Write(WritePlan plan)
    {
        try
        {
            foreach (var run in plan.Runs)
            {
                try
                {
                    DayFile.Append(settings.Folder, run.Day, run.Lines);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // A full disk, a folder that is gone: somebody can mend it. What stands behind has not been attempted.
                    plan.FailFrom(run, DeliveryResult.Retry("io", $"cannot write to {DayFile.NameOf(run.Day)}: {exception.GetType().Name}"));
                    break;
                }
            }

            return plan.Results;
        }
        finally
        {
            _writer.Release();
        }
    }
}
