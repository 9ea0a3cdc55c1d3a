namespace Postrider.Operations;

/// <summary>Figures over time.</summary>
internal interface IHistory
{
    /// <summary>Figures over time, at the resolution that fits the time asked for.</summary>
    HistoryReport GetHistory(HistoryQuery query);
}
