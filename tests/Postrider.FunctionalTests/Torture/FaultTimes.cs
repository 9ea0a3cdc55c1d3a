using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Torture;

/// <summary>When a server may refuse: while something is broken that it needs, and until it has noticed that it is whole again. At all other times a refusal is a fault.</summary>
internal sealed class FaultTimes(MachineWatch machine)
{
    // The longest pause between two tries to connect to Redis.
    private static readonly TimeSpan Notices = TimeSpan.FromSeconds(2);

    private int _broken;
    private long _last = long.MinValue;

    public void Begin() => Interlocked.Increment(ref _broken);

    public void End()
    {
        Volatile.Write(ref _last, TimeProvider.System.GetTimestamp() + (long)(Notices.TotalSeconds * TimeProvider.System.TimestampFrequency));
        Interlocked.Decrement(ref _broken);
    }

    /// <summary>Whether a request that began then, and is answered now, met one.</summary>
    public bool Met(long began) => Volatile.Read(ref _broken) > 0 || Volatile.Read(ref _last) >= began || machine.Stalls.Any(stall => stall.To >= began);
}
