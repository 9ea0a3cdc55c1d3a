namespace Postrider.Log;

/// <summary>All that changed for one destination since its last save.</summary>
internal sealed class DestinationSave(string destination)
{
    public string Destination { get; } = destination;

    public required Progress Progress { get; init; }

    public required DestinationCounters Counters { get; init; }

    public required IReadOnlyList<StateChange> Changes { get; init; }

    /// <summary>About how many bytes it writes; saves are bounded by it.</summary>
    public long Weight => 100 + (8L * Progress.Outstanding.Count) + Changes.Sum(static change => change switch
    {
        StateChange.Park { Event.LastError: { } error } => 250L + (2L * error.Message.Length),
        StateChange.Bury { Letter: { } letter } => 400L + letter.Answer.Length + (2L * (letter.Error.Message.Length + (letter.Key?.Length ?? 0))),
        StateChange.GiveUp { Range: { } range } => 150L + (2L * range.Reason.Length),
        StateChange.Replayed { Progress: { } progress } => 150L + (2L * (progress.Reason?.Length ?? 0)),
        StateChange.Route { Text: { } text } => 50L + text.Length,
        _ => 150L,
    });
}
