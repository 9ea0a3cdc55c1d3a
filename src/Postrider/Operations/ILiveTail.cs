namespace Postrider.Operations;

/// <summary>Shows what happens as it happens.</summary>
internal interface ILiveTail
{
    /// <summary>Events as they are stored and attempts as they end, from now on, until cancelled.</summary>
    IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, CancellationToken cancellationToken);
}
