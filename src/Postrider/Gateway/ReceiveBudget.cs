namespace Postrider.Gateway;

/// <summary>
/// Counts the bytes of all request bodies in memory, from their arrival until they are stored. What was announced but has not
/// arrived does not count, or a few idle connections could shut out everyone.
/// </summary>
internal sealed class ReceiveBudget
{
    private long _taken;

    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes unless that would exceed the limit.</summary>
    public bool TryTake(long bytes, long limit)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limit)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
