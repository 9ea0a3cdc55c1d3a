namespace Postrider.Delivery;

/// <summary>
/// The attempts a destination may have in flight, over all its dispatchers. Retries hold at most half of them and new events never all,
/// so that neither can starve the other. A single slot serves both.
/// </summary>
internal sealed class SlotPool
{
    private readonly Lock _lock = new();
    private int _size = 1;
    private int _retries;
    private int _news;

    public int InUse
    {
        get
        {
            lock (_lock)
            {
                return _retries + _news;
            }
        }
    }

    public void Resize(int size)
    {
        lock (_lock)
        {
            _size = size;
        }
    }

    public bool TryTake(bool retry)
    {
        lock (_lock)
        {
            var limit = Math.Max(1, retry ? _size / 2 : _size - 1);
            if (_retries + _news >= _size || (retry ? _retries : _news) >= limit)
            {
                return false;
            }

            if (retry)
            {
                _retries++;
            }
            else
            {
                _news++;
            }

            return true;
        }
    }

    public void Return(bool retry)
    {
        lock (_lock)
        {
            if (retry)
            {
                _retries--;
            }
            else
            {
                _news--;
            }
        }
    }
}
