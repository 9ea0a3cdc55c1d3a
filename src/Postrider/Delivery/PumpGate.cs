namespace Postrider.Delivery;

/// <summary>
/// Lets one thread at a time run a pump, without a lock to wait for: whoever finds it busy leaves word, and the one inside goes round again.
/// </summary>
/// <remarks>
/// States: idle → running → (word left) running again → idle. Every change is a full fence: what was written before word was left is seen by
/// the round that answers it. A plain write in <see cref="TryLeave"/> could pass the reads of the next round, and word would be lost.
/// </remarks>
internal struct PumpGate
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningWithWord = 2;

    private int _state;

    /// <summary>True: the caller is inside and must call <see cref="TryLeave"/> until it says true. False: the one inside was told.</summary>
    public bool TryEnter() =>
        Interlocked.CompareExchange(ref _state, Running, Idle) == Idle || Interlocked.Exchange(ref _state, RunningWithWord) == Idle;

    /// <summary>False: someone left word, go round again.</summary>
    public bool TryLeave()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
        {
            return true;
        }

        Interlocked.Exchange(ref _state, Running);
        return false;
    }
}
