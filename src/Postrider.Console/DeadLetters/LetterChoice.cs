using Postrider.Operations;
using Postrider.WebConsole.Parts;

namespace Postrider.WebConsole.DeadLetters;

/// <summary>Dead letters that something is to be done with.</summary>
/// <param name="Parts">Which: destination, or all, and filter.</param>
/// <param name="Count">How many those are.</param>
internal sealed record LetterChoice(IReadOnlyList<(string? Destination, EventFilter Filter)> Parts, long Count)
{
    /// <summary>Begins to replay them; what to say of it.</summary>
    /// <exception cref="OperationRefusedException">None could be replayed.</exception>
    public async Task<string> ReplayAsync(IOperations operations, Operator by)
    {
        long events = 0;
        var refused = new List<string>();
        foreach (var (destination, filter) in Parts)
        {
            foreach (var name in destination is null ? await ListOwnersAsync(operations) : [destination])
            {
                try
                {
                    var start = new ReplayStart { Destination = name, OfDeadLetters = true, Filter = filter };
                    events += (await operations.StartReplayAsync(by, start, CancellationToken.None)).Total;
                }
                catch (OperationRefusedException exception)
                {
                    // Of all destinations, those where nothing matches are no failure.
                    refused.Add($"{name}: {exception.Message}");
                }
            }
        }

        return events > 0 ? $"Replaying {Words.Count(events, "event")}. The page Replays shows how it goes." : throw new OperationRefusedException(string.Join(" ", refused.Distinct()));
    }

    /// <summary>Deletes them; how many.</summary>
    public async Task<long> DeleteAsync(IOperations operations, Operator by)
    {
        long deleted = 0;
        foreach (var (destination, filter) in Parts)
        {
            deleted += await operations.DeleteDeadLettersAsync(by, destination, filter, CancellationToken.None);
        }

        return deleted;
    }

    private static async Task<IEnumerable<string>> ListOwnersAsync(IOperations operations) =>
        (await operations.GetStatusAsync(CancellationToken.None))?.Destinations.Where(destination => destination.DeadLetters > 0).Select(destination => destination.Name) ?? [];
}
