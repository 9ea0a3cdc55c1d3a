namespace Postrider.Delivery;

/// <summary>Where a replay finds its events.</summary>
internal interface IReplaySource
{
    /// <summary>The next events from the position on, at most <paramref name="most"/>, with where it goes on behind them.</summary>
    Task<ReplayPage> NextAsync(Dispatcher dispatcher, long next, int most, CancellationToken cancellationToken);
}

/// <summary>A few events of a replay.</summary>
/// <param name="Items">In the order of their positions; may be none.</param>
/// <param name="Next">Where it goes on.</param>
/// <param name="Ends">There is nothing behind them.</param>
internal sealed record ReplayPage(IReadOnlyList<ReplayItem> Items, long Next, bool Ends);
