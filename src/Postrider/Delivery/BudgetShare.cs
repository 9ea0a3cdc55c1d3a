namespace Postrider.Delivery;

/// <summary>What one dispatcher holds of the budget. Touched by its pump alone.</summary>
internal sealed class BudgetShare(DeliveryBudget budget)
{
    private bool _closed;

    public long Held { get; private set; }

    public bool TryTake(long bytes, bool force)
    {
        if (!budget.TryTake(bytes, Held, force))
        {
            return false;
        }

        Held += bytes;
        ReturnWhenClosed();
        return true;
    }

    public void Return(long bytes)
    {
        if (!_closed)
        {
            Held -= bytes;
            budget.Return(bytes);
        }
    }

    /// <summary>The dispatcher is gone, with all that it held; a read that comes back later holds nothing any more.</summary>
    public void Close()
    {
        _closed = true;
        ReturnWhenClosed();
    }

    private void ReturnWhenClosed()
    {
        if (_closed)
        {
            budget.Return(Held);
            Held = 0;
        }
    }
}
