namespace Postrider.Log.Embedded;

/// <summary>
/// Decides whether the writer waits for company before it writes. Waiting a millisecond or two makes fewer and larger batches, which at a
/// steady 10,000 single requests a second saves a third of the CPU or more. But clients that send their next event only when the last is
/// answered are slowed by exactly that wait, and no look at a single batch tells the two apart. What does: whether waiting lowers the rate
/// at which events come. So the rule tries it, in short alternating windows with and without, and goes on waiting only while the two rates
/// are the same. A refused try is repeated ever more rarely, so that clients who cannot bear it lose far less than a percent to the tries.
/// </summary>
/// <remarks>
/// <code>
///            rate high enough                    rates equal
///   resting ──────────────────▶ comparing ─────────────────────▶ waiting
///      ▲                         │     ▲                          │   │
///      └──── waiting lowers it ──┘     └──── every two seconds ───┘   │
///      ▲                                                              │
///      └────────────── nobody came in several waits ──────────────────┘
/// </code>
/// </remarks>
internal sealed class LingerRule(TimeSpan longest, long ticksPerSecond)
{
    // Below it a wait gathers an event or two and saves nothing.
    private const double LowestRate = 3000;

    // Batches that are large without waiting share their sync well enough.
    private const double LargeBatch = 48;

    // Both counts are noisy; at 4,000 events each the ratio of two equal rates stays above this but once in thirty times. The disk is
    // noisy too, in bursts: that the middle one of many pairs of windows shows no loss keeps one lucky burst from deciding.
    private const long EnoughEvents = 4000;
    private const int EnoughPairs = 12;
    private const double EqualRates = 0.96;
    private const double EqualPairs = 0.92;

    // A loss that no noise explains, seen early.
    private const long FewEvents = 100;
    private const double PlainLoss = 0.8;
    private const int LonelyWaits = 4;
    private const int PoorWindows = 3;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WaitingTime = TimeSpan.FromSeconds(2);

    private readonly Tally _plain = new();
    private readonly Tally _waited = new();
    private readonly List<double> _pairs = [];
    private State _state;
    private TimeSpan _rest = FirstRest;
    private long _until;
    private bool _waitNow;
    private long _windowStart;
    private long _windowArrived;
    private int _windowBatches;
    private int _lonely;
    private int _poor;
    private double _lastPlainRate;
    private double _syncSeconds;

    private enum State
    {
        Resting,
        Comparing,
        Waiting,
    }

    /// <summary>Called before each write: how long to wait first.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="arrived">Events that have ever come.</param>
    public TimeSpan Next(long now, long arrived)
    {
        if (longest <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        _windowBatches++;
        if (_windowStart == 0)
        {
            Begin(now, arrived);
        }
        else if (now - _windowStart >= Ticks(Window))
        {
            Judge(now, arrived);
            Begin(now, arrived);
        }

        return _waitNow ? longest : TimeSpan.Zero;
    }

    /// <summary>Called after each write.</summary>
    /// <param name="events">How many it stored.</param>
    /// <param name="duration">How long it took.</param>
    public void Wrote(int events, TimeSpan duration)
    {
        _syncSeconds += (duration.TotalSeconds - _syncSeconds) / 16;
        _lonely = events <= 1 ? _lonely + 1 : 0;
        if (_state is State.Waiting && _lonely >= LonelyWaits)
        {
            Rest(_windowStart, FirstRest);
        }
    }

    private void Judge(long now, long arrived)
    {
        var (events, seconds) = (arrived - _windowArrived, (now - _windowStart) / (double)ticksPerSecond);
        switch (_state)
        {
            case State.Resting when now >= _until && IsWorthTrying(events, seconds):
                Compare();
                break;
            case State.Comparing:
                Count(events, seconds);
                Conclude(now);
                break;
            case State.Waiting when IsPoor(events / seconds):
                Refuse(now);
                break;
            case State.Waiting when now >= _until:
                Compare();
                break;
            default:
                break;
        }
    }

    // The comparison may have been wrong, or the clients others than before: then the rate that it found is not kept up.
    private bool IsPoor(double rate)
    {
        _poor = rate < PlainLoss * _plain.Rate ? _poor + 1 : 0;
        return _poor >= PoorWindows;
    }

    private void Count(long events, double seconds)
    {
        (_waitNow ? _waited : _plain).Add(events, seconds);
        if (_waitNow)
        {
            _pairs.Add(events / seconds / _lastPlainRate);
        }
        else
        {
            _lastPlainRate = Math.Max(1, events / seconds);
        }

        _waitNow = !_waitNow;
    }

    private double MiddlePair()
    {
        _pairs.Sort();
        return _pairs[_pairs.Count / 2];
    }

    // A disk whose sync takes about as long as the wait gathers batches by itself, and a wait for it is a wait lost.
    private bool IsWorthTrying(long events, double seconds) =>
        events / seconds >= LowestRate && (double)events / _windowBatches < LargeBatch && _syncSeconds < longest.TotalSeconds / 3;

    private void Compare()
    {
        _state = State.Comparing;
        _waitNow = false;
        _plain.Clear();
        _waited.Clear();
        _pairs.Clear();
    }

    private void Conclude(long now)
    {
        if (_waited.Seconds == 0 || _plain.Events < FewEvents)
        {
            return;
        }

        var ratio = _waited.Rate / _plain.Rate;
        var enough = _plain.Events >= EnoughEvents && _pairs.Count >= EnoughPairs;
        if (ratio < PlainLoss || (enough && (ratio < EqualRates || MiddlePair() < EqualPairs)))
        {
            Refuse(now);
        }
        else if (enough)
        {
            _state = State.Waiting;
            _waitNow = true;
            _until = now + Ticks(WaitingTime);
            _rest = FirstRest;
            (_lonely, _poor) = (0, 0);
        }
    }

    private void Refuse(long now)
    {
        Rest(now, _rest);
        _rest = _rest * 2 > LongestRest ? LongestRest : _rest * 2;
    }

    private void Rest(long now, TimeSpan rest)
    {
        _state = State.Resting;
        _waitNow = false;
        _until = now + Ticks(rest);
    }

    private void Begin(long now, long arrived) => (_windowStart, _windowArrived, _windowBatches) = (now, arrived, 0);

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * ticksPerSecond);

    private sealed class Tally
    {
        public long Events { get; private set; }

        public double Seconds { get; private set; }

        public double Rate => Events / Seconds;

        public void Add(long events, double seconds)
        {
            Events += events;
            Seconds += seconds;
        }

        public void Clear() => (Events, Seconds) = (0, 0);
    }
}
