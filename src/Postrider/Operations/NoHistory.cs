using System.Runtime.CompilerServices;

namespace Postrider.Operations;

/// <summary>A server that keeps no history: it has no figures, no attempts, and nothing to search or to follow.</summary>
internal sealed class NoHistory(TimeProvider time) : IHistory, IAttempts, IEventSearches, ILiveTail
{
    public HistoryReport GetHistory(HistoryQuery query) =>
        new() { From = time.GetUtcNow() - query.Span, Step = query.Span, Accepted = [], Refused = [], LogBytes = [], Destinations = [] };

    public Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<AttemptReport>>([]);

    public Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken) => Task.FromResult(new EventList([], null, 0, null));

    public async IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield break;
    }
}
