namespace Postrider.Delivery;

/// <summary>
/// Lets one thread at a time run a pump, without a lock to wait for: whoever finds it busy leaves word, and the one inside goes round again.
/// </summary>
/// <remarks>States: idle → running → (word left) running again → idle.</remarks>
internal struct PumpGate
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningWithWord = 2;

    private int _state;

    /// <summary>True: the caller is inside and must call <see cref="TryLeave"/> until it says true. False: the one inside was told.</summary>
    public bool TryEnter()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            var next = state == Idle ? Running : RunningWithWord;
            if (state == RunningWithWord || Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                return state == Idle;
            }
        }
    }

    /// <summary>False: someone left word, go round again.</summary>
    public bool TryLeave()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
        {
            return true;
        }

        Volatile.Write(ref _state, Running);
        return false;
    }
}
