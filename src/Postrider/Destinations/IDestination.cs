namespace Postrider.Destinations;

/// <summary>Where events go. One instance serves one configured destination; calls come concurrently.</summary>
/// <remarks>
/// <para>Of one ordering key there is never more than one call in flight, and within a call its events stand in their order.</para>
/// <para>A batch keeps that order: once an event of a key was not delivered, later events of that key in the batch must not be
/// attempted and are answered <see cref="DeliveryResult.NotAttempted"/>.</para>
/// </remarks>
public interface IDestination : IAsyncDisposable
{
    /// <summary>How many events one call may carry. Default 1.</summary>
    int MaxBatch => 1;

    /// <summary>Delivers events: one attempt, no retries of its own. Must not block its thread: others' attempts begin on it too.</summary>
    /// <param name="batch">1 to <see cref="MaxBatch"/> events.</param>
    /// <param name="cancellationToken">Ends the attempt: its deadline has passed or the server stops. Let the
    /// <see cref="OperationCanceledException"/> escape; the caller knows which it was.</param>
    /// <returns>One result for each event, in the order of the batch. Expected failures are results, not exceptions; an exception
    /// that escapes counts as a retryable failure of the whole batch.</returns>
    ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken);
}
