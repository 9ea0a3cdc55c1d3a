using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Loads what the state store knows of a destination's parked lanes into the books of its dispatcher.</summary>
internal static class LaneLoading
{
    /// <returns>The highest turn of the events they hold.</returns>
    public static async Task<long> LoadAsync(
        DispatcherBooks books, IStateStore state, string destination, DateTimeOffset latest, CancellationToken cancellationToken)
    {
        var counts = await state.CountLanesAsync(destination, cancellationToken).ConfigureAwait(false);
        var due = await state.ReadDueAsync(destination, int.MaxValue, cancellationToken).ConfigureAwait(false);
        var dueByLane = due.ToDictionary(lane => lane.Lane, lane => lane.Due);
        var lastTurn = 0L;
        foreach (var lane in counts)
        {
            // How many of a lane's events were replayed is not known: at most all of them.
            books.Parked.Append(lane.Lane, lane.Events, lane.Since, replayed: lane.LastTurn > 0);

            // A clock that was set back must not keep a lane waiting for years; one that is blocked waits for someone's decision.
            var at = dueByLane.GetValueOrDefault(lane.Lane, DateTimeOffset.MinValue);
            books.Parked.Schedule(lane.Lane, at < latest || at == ParkedLane.Blocked ? at : latest, headSave: 0);
            lastTurn = Math.Max(lastTurn, lane.LastTurn);
        }

        return lastTurn;
    }
}
