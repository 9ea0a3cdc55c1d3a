namespace Postrider.Delivery;

/// <summary>Holds a replay to its rate over all partitions. What a slow save delayed is made up for within a second; what a wait held back is not.</summary>
internal sealed class ReplayThrottle(double? rate, TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private double _room;
    private long _since = time.GetTimestamp();

    /// <summary>Takes room for as many events as there is, at most <paramref name="most"/>.</summary>
    /// <param name="most">The most that is wanted.</param>
    /// <param name="wait">How long to wait where there is no room.</param>
    public int Take(int most, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (rate is not { } perSecond)
        {
            return most;
        }

        lock (_lock)
        {
            var now = time.GetTimestamp();
            _room = Math.Min(_room + (perSecond * time.GetElapsedTime(_since, now).TotalSeconds), Math.Max(1, perSecond * MostBehind.TotalSeconds));
            _since = now;
            var taken = (int)Math.Min(most, Math.Floor(_room));
            _room -= taken;
            if (taken == 0)
            {
                var untilOne = TimeSpan.FromSeconds(Math.Min(60, (1 - _room) / perSecond));
                wait = untilOne > Step ? untilOne : Step;
            }

            return taken;
        }
    }

    /// <summary>How long the next step waits, so that steps are few: until there is room for a full one of so many events, at most a moment.</summary>
    public TimeSpan PauseFor(int most)
    {
        if (rate is not { } perSecond)
        {
            return TimeSpan.Zero;
        }

        lock (_lock)
        {
            var room = _room + (perSecond * time.GetElapsedTime(_since).TotalSeconds);
            var seconds = Math.Clamp((most - room) / perSecond, 0, Step.TotalSeconds);
            return TimeSpan.FromSeconds(seconds);
        }
    }

    /// <summary>Gives back what was not used.</summary>
    public void Return(int unused)
    {
        lock (_lock)
        {
            _room += unused;
        }
    }

    /// <summary>The replay had to wait for something else: that time does not count.</summary>
    public void Restart()
    {
        lock (_lock)
        {
            _since = time.GetTimestamp();
        }
    }
}
