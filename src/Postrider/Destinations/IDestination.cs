namespace Postrider.Destinations;

/// <summary>Where events go. One instance serves one configured destination.</summary>
/// <remarks>
/// <para><b>Lifetime.</b> <see cref="IDestinationFactory.Create"/> makes it at the start and at each reload of the configuration, whether its own
/// section changed or not. After a reload the new instance takes all new calls while the old one ends those it has: for a moment both live, so an
/// instance must not hold what the other needs. <see cref="IAsyncDisposable.DisposeAsync"/> is called once, after the last call has ended.</para>
/// <para><b>Threads.</b> Calls come concurrently, up to the destination's <c>concurrency</c> (64 by default), each with events of other keys. Of one
/// ordering key there is never more than one call in flight.</para>
/// <para><b>Order.</b> Within a call the events of a key stand in the order in which they were accepted; that order must be kept. Once an event of a
/// key was not delivered, later events of that key in the batch must not be attempted and are answered
/// <see cref="DeliveryResult.NotAttempted"/>; nor may an event be rejected before all earlier ones of its key are delivered. Events without a
/// key (<see cref="Events.Event.Key"/> is null) have no order.</para>
/// <para><b>Repeats.</b> An event may come again although it was delivered: after a crash, after a deadline, after an answer that was lost. A repeat
/// carries the same <see cref="Events.Event.Id"/>; hand that to the receiver, or store by it, so that a repeat does no harm.</para>
/// <para><b>Secrets.</b> No secret and nothing of an event's body belongs into results, exceptions or logs.</para>
/// </remarks>
public interface IDestination : IAsyncDisposable
{
    /// <summary>How many events one call may carry; at least 1; asked for at each call. Default 1.</summary>
    int MaxBatch => 1;

    /// <summary>How many bytes of bodies one call may carry; a single larger event still comes, alone. Default 8 MiB.</summary>
    long MaxBatchBytes => 8 << 20;

    /// <summary>How long an event may wait until <see cref="MaxBatch"/> events are together. Default zero: a call carries what is at hand.</summary>
    TimeSpan BatchWait => TimeSpan.Zero;

    /// <summary>Delivers events: one attempt, no retries that outlast it. Must not block its thread: others' attempts begin on it too. Work that
    /// cannot be awaited (files, drivers without tasks) goes to a thread of its own.</summary>
    /// <param name="batch">1 to <see cref="MaxBatch"/> events. The list is the caller's again once the call has ended, whatever its end: work
    /// that may outlast the call takes a copy. An event and its body never change.</param>
    /// <param name="cancellationToken">Ends the attempt: its deadline (the destination's <c>timeout</c>, 15 s by default, for everything from the
    /// first byte sent to the last byte read) has passed, or the server stops. End the call at once and let the
    /// <see cref="OperationCanceledException"/> escape; the caller knows which it was: a deadline is a retryable failure of class <c>timeout</c>,
    /// a stop counts as no attempt. The token serves this call only.</param>
    /// <returns>One result for each event, in the order of the batch; a list of any other length is a fault and retried as a whole.
    /// Expected failures are results, not exceptions. An exception that escapes counts as a retryable failure of the whole batch, and is logged
    /// with its stack as a fault of the destination.</returns>
    ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken);
}
