using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Replays the log's events that the routes in force lead to a destination.</summary>
internal sealed class LogReplay(ReplayJob job, ILogPartition partition, Func<RouteTable> routes, int slot) : IReplaySource
{
    private readonly List<(long Position, LaneId Lane)> _ahead = [];
    private RouteTable? _routes;
    private long _aheadEnd;

    public async Task<ReplayPage> NextAsync(Dispatcher dispatcher, long next, int most, CancellationToken cancellationToken)
    {
        if (routes() is var current && current != _routes)
        {
            // Chosen by other routes.
            _routes = current;
            _ahead.Clear();
            _aheadEnd = 0;
        }

        _ahead.RemoveAll(item => item.Position < next);
        if (_ahead.Count == 0)
        {
            _aheadEnd = await ReadAsync(Math.Max(Math.Max(next, _aheadEnd), partition.FirstPosition), cancellationToken).ConfigureAwait(false);
        }

        var taken = _ahead.GetRange(0, Math.Min(most, _ahead.Count));
        var behind = taken.Count < _ahead.Count ? _ahead[taken.Count].Position : _aheadEnd;
        var items = taken.Count == 0 ? [] : await DescribeAsync(dispatcher, taken, cancellationToken).ConfigureAwait(false);
        return new ReplayPage(items, behind, behind >= job.Before);
    }

    /// <summary>Whether a replay of the log looks for such an event, within its positions.</summary>
    public static bool Selects(DeadLetterFilter filter, Event @event) =>
        (filter.Since is not { } since || @event.ReceivedAt >= since)
        && (filter.Until is not { } until || @event.ReceivedAt < until)
        && (filter.Position is not { } position || @event.Position == position)
        && (filter.Key is not { } key || @event.Key == key)
        && (filter.Type is not { } type || @event.Type == type);

    private async Task<long> ReadAsync(long from, CancellationToken cancellationToken)
    {
        var before = Math.Min(job.Before, partition.EndPosition);
        if (from >= before)
        {
            return job.Before;
        }

        var events = await partition.ReadAsync(from, before, DispatcherLimits.ReadBytes, cancellationToken).ConfigureAwait(false);
        foreach (var @event in events.Where(Matches))
        {
            _ahead.Add((@event.Position, Admission.LaneOf(@event)));
        }

        return events.Count == 0 ? job.Before : events[^1].Position + 1;
    }

    private bool Matches(Event @event) => _routes!.Route(@event).Contains(slot) && Selects(job.Filter, @event);

    // Letters first: what dies between the two looks is among the changes that the dispatcher remembers.
    private async Task<IReadOnlyList<ReplayItem>> DescribeAsync(
        Dispatcher dispatcher, List<(long Position, LaneId Lane)> events, CancellationToken cancellationToken)
    {
        await dispatcher.Curation.WatchAsync().ConfigureAwait(false);
        var letters = await FindLettersAsync(events[0].Position, events[^1].Position, cancellationToken).ConfigureAwait(false);
        var found = (await LetterItems.OfAsync(partition.State, job.Destination, letters, cancellationToken).ConfigureAwait(false))
            .ToDictionary(item => item.Position);
        var parked = await partition.State.FindParkedAsync(job.Destination, [.. events.Select(item => item.Position)], cancellationToken).ConfigureAwait(false);
        return [.. events.Select(item => found.TryGetValue(item.Position, out var letter)
            ? letter
            : new ReplayItem(item.Position, item.Lane, IsLetter: false, parked.Contains(item.Position), null))];
    }

    private async Task<List<DeadLetter>> FindLettersAsync(long first, long last, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        for (var from = first; from <= last;)
        {
            var page = await partition.State.ReadDeadLettersAsync(
                new DeadLetterQuery(job.Destination, DeadLetterFilter.All, null, from, DispatcherLimits.CurationStep), cancellationToken).ConfigureAwait(false);
            letters.AddRange(page.Select(stored => stored.Letter).Where(letter => letter.Position <= last));
            from = page.Count < DispatcherLimits.CurationStep ? last + 1 : page[^1].Letter.Position + 1;
        }

        return letters;
    }
}
