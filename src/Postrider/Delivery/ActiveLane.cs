using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A parked lane that is being worked on: its next events are fetched, its head is loaded, attempted, or waits for a save.</summary>
internal sealed class ActiveLane(LaneId id)
{
    public LaneId Id { get; } = id;

    /// <summary>What the state store says of the head.</summary>
    public ParkedEvent? HeadRow { get; set; }

    /// <summary>Rows fetched, behind the head.</summary>
    public Queue<ParkedEvent> Rows { get; } = new();

    /// <summary>The last row that was fetched.</summary>
    public ParkedPlace Fetched { get; set; } = ParkedPlace.Start;

    /// <summary>The head's event, loaded.</summary>
    public Event? Head { get; set; }

    public Attempt? InFlight { get; set; }

    /// <summary>The save that must be on stable storage before the lane goes on; 0: none.</summary>
    public long WaitsForSave { get; set; }
}
