using System.Buffers.Text;
using Postrider.Load.Measuring;

namespace Postrider.Load.Receiving;

/// <summary>One destination's far end: what arrived there, in which order, how late. Written by the sink's thread; read through <see cref="Sink.AskAsync"/> or its counters.</summary>
internal sealed class Receiver(int users)
{
    private readonly int[] _highest = new int[users];
    private long _distinct;
    private long _lastArrival;

    public ReceiverMode Mode { get; set; }

    public SequenceSet Arrived { get; } = new(users);

    /// <summary>First arrivals.</summary>
    public long Distinct => Volatile.Read(ref _distinct);

    /// <summary>The latest first arrival, on the monotonic clock.</summary>
    public long LastArrival => Volatile.Read(ref _lastArrival);

    public long Repeats { get; private set; }

    /// <summary>First arrivals behind a later event of the same user.</summary>
    public long Reordered { get; private set; }

    public long Refused { get; private set; }

    public long Unsigned { get; private set; }

    public long Unreadable { get; private set; }

    /// <summary>Events that came to another address than their user's.</summary>
    public long Astray { get; private set; }

    /// <summary>How many addresses, <c>/routes/0</c> and so on, this receiver stands for: user u's events belong to u modulo it. 0: all to one.</summary>
    public int Routes { get; set; }

    /// <summary>From sending to first arrival, of events sent within the window; without the users that the mode makes sick.</summary>
    public Histogram Latency { get; private set; } = new();

    /// <summary>First arrivals within the window, whenever they were sent.</summary>
    public long ArrivedInWindow { get; private set; }

    private long WindowStart { get; set; }

    private long WindowEnd { get; set; }

    public static bool IsSick(int user) => user % 100 == 0;

    public void OpenWindow(long start, long end)
    {
        WindowStart = start;
        WindowEnd = end;
        Latency = new Histogram();
        ArrivedInWindow = 0;
    }

    /// <summary>The status to answer; 0 for none at all.</summary>
    public int Take(ReadOnlySpan<byte> request, int bodyOffset, bool isSigned, long now)
    {
        if (Mode == ReceiverMode.Unavailable)
        {
            Refused++;
            return 503;
        }

        if (!EventMark.TryRead(request[bodyOffset..], out var mark) || (uint)mark.User >= (uint)_highest.Length)
        {
            Unreadable++;
            return 200;
        }

        if (Mode is ReceiverMode.FailSome or ReceiverMode.HangSome && IsSick(mark.User))
        {
            Refused++;
            return Mode == ReceiverMode.FailSome ? 500 : 0;
        }

        Unsigned += isSigned ? 0 : 1;
        Astray += Routes == 0 || RouteOf(request) == mark.User % Routes ? 0 : 1;
        if (Arrived.Add(mark.User, mark.Sequence))
        {
            Count(mark, now);
        }
        else
        {
            Repeats++;
        }

        return 200;
    }

    // Of "POST /routes/17 HTTP/1.1".
    private static int RouteOf(ReadOnlySpan<byte> request) =>
        request.IndexOf("/routes/"u8) is >= 0 and var at && Utf8Parser.TryParse(request[(at + 8)..], out int route, out _) ? route : -1;

    private void Count(EventMark mark, long now)
    {
        Reordered += mark.Sequence < _highest[mark.User] ? 1 : 0;
        _highest[mark.User] = Math.Max(_highest[mark.User], mark.Sequence);
        Volatile.Write(ref _lastArrival, now);
        Volatile.Write(ref _distinct, _distinct + 1);
        if (now >= WindowStart && now < WindowEnd)
        {
            ArrivedInWindow++;
        }

        if (mark.SentAt >= WindowStart && mark.SentAt < WindowEnd)
        {
            Latency.Record(now - mark.SentAt);
        }
    }
}
