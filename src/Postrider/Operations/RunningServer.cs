using Postrider.Delivery;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>The parts that operators ask, alive since <paramref name="StartedAt"/>.</summary>
/// <param name="Log">The log.</param>
/// <param name="Delivery">What delivers from it.</param>
/// <param name="StartedAt">Since when.</param>
/// <param name="Place">Where the log stores, for people; null where nobody says.</param>
/// <param name="Promise">What a success answer means at the moment.</param>
/// <param name="Journal">What delivery leaves behind to look at; null: nobody gathers it.</param>
/// <param name="Figures">Where the journal finds it.</param>
internal sealed record RunningServer(
    IEventLog Log, IDeliveryControl Delivery, DateTimeOffset StartedAt, string? Place = null, Func<string?>? Promise = null,
    DeliveryJournal? Journal = null, IFigureSource? Figures = null);
