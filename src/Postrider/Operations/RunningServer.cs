using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>The parts that operators ask, alive since <paramref name="StartedAt"/>.</summary>
internal sealed record RunningServer(IEventLog Log, IDeliveryControl Delivery, DateTimeOffset StartedAt);
