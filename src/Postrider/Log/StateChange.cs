namespace Postrider.Log;

/// <summary>One step of a save. Steps are applied in their order, all or none.</summary>
internal abstract record StateChange
{
    /// <summary>Writes the parked event, over one of the same lane and place.</summary>
    internal sealed record Park(ParkedEvent Event) : StateChange;

    /// <summary>Removes a parked event; one that is not there is no error.</summary>
    internal sealed record Unpark(LaneId Lane, ParkedPlace Place) : StateChange;

    /// <summary>Sets when the lane's head is due; a lane with events has exactly one due time.</summary>
    internal sealed record SetDue(LaneId Lane, DateTimeOffset Due) : StateChange;

    /// <summary>The lane is empty: removes its due time.</summary>
    internal sealed record ClearDue(LaneId Lane) : StateChange;

    /// <summary>Keeps a dead letter.</summary>
    internal sealed record Bury(DeadLetter Letter) : StateChange;

    /// <summary>The dead letter is one no more: it is replayed. So is the tombstone of one that was deleted. One that is not there is no error.</summary>
    internal sealed record Exhume(long Position) : StateChange;

    /// <summary>Someone deleted the dead letter; a tombstone stays while the log holds its event. One that is not there is no error.</summary>
    internal sealed record DeleteLetter(long Position) : StateChange;

    /// <summary>Positions are given up as one and recorded: the destination will not read them.</summary>
    internal sealed record GiveUp(GivenUpRange Range) : StateChange;

    /// <summary>How far a replay has come; one that is not there is no error.</summary>
    internal sealed record Replayed(string Replay, ReplayProgress Progress) : StateChange;

    /// <summary>From this position on the destination is routed by the given text (a stable rendering of its routes).</summary>
    internal sealed record Route(long FromPosition, string Text) : StateChange;

    /// <summary>The destination was paused, resumed, disabled or enabled.</summary>
    internal sealed record Control(DestinationControl Value) : StateChange;
}
