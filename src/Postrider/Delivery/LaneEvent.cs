using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>An event in a flowing lane, with the handle that settles it in the progress.</summary>
internal readonly record struct LaneEvent(LaneId Lane, Event Event, int Handle);
