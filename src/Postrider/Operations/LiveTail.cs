using System.Runtime.CompilerServices;
using Postrider.Journal;

namespace Postrider.Operations;

/// <summary>Shows what happens while it happens.</summary>
internal sealed class LiveTail(ServerState state) : ILiveTail
{
    public const string Events = "events";
    public const string Attempts = "attempts";

    /// <exception cref="OperationRefusedException">Too many listen already.</exception>
    public async IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (state.Running?.Journal?.Tail is not { } hub || hub.IsClosed)
        {
            yield break;
        }

        // A destination and a failure are an attempt's: who asks for them wants to see no event beside.
        var ofAttempts = filter.Kind is null && (filter.Destination is not null || filter.FailedOnly);
        var wish = new TailWish(
            filter.Kind != Attempts && !ofAttempts, filter.Kind != Events, filter.Source, filter.Destination, filter.Key, filter.Type, filter.FailedOnly);
        var listener = hub.TryListen(wish) ?? throw new OperationRefusedException($"{TailHub.MaxListeners} others are listening already.");
        await foreach (var line in listener.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new TailItem(
                line.Event is { } stored ? new EventSummary(stored.Id, stored.ReceivedAt, stored.Source, stored.Key, stored.Type, stored.BodyBytes) : null,
                line.Attempt is { } attempt ? Operations.Attempts.Describe(attempt) : null,
                line.Missed);
        }
    }
}
