using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What the state store says of events that are about to be replayed or deleted.</summary>
internal static class LetterItems
{
    /// <summary>Dead letters, as a change of the books takes them.</summary>
    public static async Task<IReadOnlyList<ReplayItem>> OfAsync(
        IStateStore state, string destination, IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        var parked = await state.FindParkedAsync(destination, [.. letters.Select(letter => letter.Position)], cancellationToken).ConfigureAwait(false);
        var items = new List<ReplayItem>(letters.Count);
        foreach (var letter in letters)
        {
            var head = letter.Blocking ? await FindHeadAsync(state, destination, letter, cancellationToken).ConfigureAwait(false) : null;
            items.Add(new ReplayItem(letter.Position, letter.Lane, IsLetter: true, parked.Contains(letter.Position), head));
        }

        return items;
    }

    private static async Task<ParkedEvent?> FindHeadAsync(IStateStore state, string destination, DeadLetter letter, CancellationToken cancellationToken)
    {
        var rows = await state.ReadLaneAsync(destination, letter.Lane, ParkedPlace.Start, 1, cancellationToken).ConfigureAwait(false);
        return rows.Count > 0 && rows[0].Position == letter.Position ? rows[0] : null;
    }
}
