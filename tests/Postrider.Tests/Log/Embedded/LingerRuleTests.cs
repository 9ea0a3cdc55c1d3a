using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>Plays the writer against simulated clients: the clock is ours, a sync takes 0.25 ms.</summary>
public sealed class LingerRuleTests
{
    private const double SyncSeconds = 0.00025;
    private const double LingerSeconds = 0.002;

    [Fact]
    public void Next_ClientsAtTheirOwnPace_ComesToWait()
    {
        var random = new Random(1);

        var run = Play(seconds: 20, new OpenLoop(random, rate: 10_000));

        Assert.True(run.WaitedShare > 0.8, $"waited {run.WaitedShare:P0} of the time");
        Assert.Equal(10_000, run.Rate, 200.0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(256)]
    public void Next_ClientsThatAwaitEachAnswer_LoseLessThanFivePercent(int clients)
    {
        var without = Play(seconds: 20, new ClosedLoop(clients), linger: 0);

        var with = Play(seconds: 20, new ClosedLoop(clients));

        Assert.InRange(with.Rate, without.Rate * 0.95, without.Rate * 1.05);
    }

    [Fact]
    public void Next_SteadyLoadGivesWayToOneClient_StopsWaitingForIt()
    {
        var run = Play(seconds: 20, new OpenLoop(new Random(1), rate: 10_000), then: new ClosedLoop(1));

        Assert.False(run.WaitsAtEnd);
    }

    [Fact]
    public void Next_LowRate_NeverWaits() => Assert.Equal(0, Play(seconds: 20, new OpenLoop(new Random(1), rate: 500)).WaitedShare);

    [Fact]
    public void Next_Disabled_NeverWaits() => Assert.Equal(0, Play(seconds: 5, new OpenLoop(new Random(1), rate: 10_000), linger: 0).WaitedShare);

    private static (double Rate, double WaitedShare, bool WaitsAtEnd) Play(double seconds, IClients clients, double linger = LingerSeconds, IClients? then = null)
    {
        const long frequency = 1_000_000_000;
        var rule = new LingerRule(TimeSpan.FromSeconds(linger), frequency);
        var (now, arrived, waited) = (1.0, 0L, 0.0);
        var end = now + seconds;
        var waits = false;
        while (now < end + (then is null ? 0 : 3))
        {
            var current = now < end || then is null ? clients : then;
            now = Math.Max(now, current.NextArrival(now));
            var gathered = current.Take(now);
            var wait = rule.Next((long)(now * frequency), arrived + gathered).TotalSeconds;
            waits = wait > 0;
            now += wait;
            waited += wait > 0 ? wait + SyncSeconds : 0;
            gathered += current.Take(now);
            arrived += gathered;
            now += SyncSeconds;
            rule.Wrote(gathered, TimeSpan.FromSeconds(SyncSeconds));
            current.Answer(gathered, now);
        }

        return (arrived / seconds, waited / seconds, waits);
    }

    private interface IClients
    {
        double NextArrival(double now);

        int Take(double now);

        void Answer(int events, double now);
    }

    /// <summary>Requests that come whatever the answers do, at random.</summary>
    private sealed class OpenLoop(Random random, double rate) : IClients
    {
        private double _next = 1;

        public double NextArrival(double now) => _next;

        public int Take(double now)
        {
            var taken = 0;
            for (; _next <= now; taken++)
            {
                _next += -Math.Log(1 - random.NextDouble()) / rate;
            }

            return taken;
        }

        public void Answer(int events, double now)
        {
        }
    }

    /// <summary>Each sends its next request 50 µs after its last was answered.</summary>
    private sealed class ClosedLoop(int clients) : IClients
    {
        private readonly PriorityQueue<int, double> _ready = new(Enumerable.Range(0, clients).Select(i => (i, 1 + (i * 1e-6))));

        public double NextArrival(double now) => _ready.TryPeek(out _, out var at) ? at : now;

        public int Take(double now)
        {
            var taken = 0;
            while (_ready.TryPeek(out _, out var at) && at <= now)
            {
                _ready.Dequeue();
                taken++;
            }

            return taken;
        }

        public void Answer(int events, double now)
        {
            for (var i = 0; i < events; i++)
            {
                _ready.Enqueue(i, now + 50e-6 + (i * 1e-6));
            }
        }
    }
}
