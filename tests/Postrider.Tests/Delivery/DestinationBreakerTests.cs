using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The breaker, step by step and at random.</summary>
public sealed class DestinationBreakerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Report_FewKeysFail_StaysClosed()
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);

        for (var i = 0; i < 100; i++)
        {
            Report(breaker, i % (DestinationBreaker.MinKeys - 1), BreakerVerdict.Fails);
        }

        Assert.False(breaker.State.Open);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Report_NobodyIsLetIn_OpensAtOnceAsRejecting(bool first)
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);

        Report(breaker, 1, BreakerVerdict.Refuses, first: first);

        Assert.Equal((true, true), (breaker.State.Open, breaker.State.Rejecting));
        _time.SetUtcNow(breaker.State.Until!.Value);
        Assert.Equal(BreakerPermit.Probe, breaker.Ask(out _));
        Report(breaker, 2, BreakerVerdict.Refuses, probe: true);
        Assert.Equal((true, true), (breaker.State.Open, breaker.State.Rejecting));
        _time.SetUtcNow(breaker.State.Until!.Value);
        Assert.Equal(BreakerPermit.Probe, breaker.Ask(out _));
        Report(breaker, 2, BreakerVerdict.Works, probe: true);
        Assert.False(breaker.State.Open);
    }

    [Fact]
    public void Report_RepeatedAttemptsFail_SayNothing()
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);

        for (var i = 0; i < 100; i++)
        {
            Report(breaker, i, BreakerVerdict.Fails, first: false);
        }

        Assert.False(breaker.State.Open);
    }

    [Fact]
    public void Probe_Fails_WaitsTwiceAsLong_UpToTheLongest()
    {
        var breaker = Open();
        var waits = new List<double>();

        for (var i = 0; i < 6; i++)
        {
            _time.SetUtcNow(breaker.State.Until!.Value);
            Assert.Equal(BreakerPermit.Probe, breaker.Ask(out _));
            Assert.Equal(BreakerPermit.Wait, breaker.Ask(out _));
            Report(breaker, i, BreakerVerdict.Fails, probe: true);
            waits.Add((breaker.State.Until!.Value - _time.GetUtcNow()).TotalSeconds);
        }

        Assert.Equal([2, 4, 8, 15, 15, 15], waits.Select(wait => Math.Round(wait, 3)));
    }

    [Fact]
    public void Probe_Works_FailuresOfAttemptsThatBeganEarlierCountNoMore()
    {
        var breaker = Open();
        var earlier = _time.GetTimestamp();
        _time.SetUtcNow(breaker.State.Until!.Value);
        breaker.Ask(out _);
        Report(breaker, 1, BreakerVerdict.Works, probe: true);

        for (var i = 0; i < 20; i++)
        {
            breaker.Report(Lane(i), BreakerVerdict.Fails, first: true, probe: false, earlier, null, "timeout");
        }

        Assert.False(breaker.State.Open);
    }

    [Fact]
    public void Probe_TaughtNothing_TheNextWaitsAWhile()
    {
        var breaker = Open();
        _time.SetUtcNow(breaker.State.Until!.Value);
        breaker.Ask(out _);

        breaker.Postpone();

        Assert.Equal(BreakerPermit.Wait, breaker.Ask(out var until));
        Assert.True(until > _time.GetUtcNow());
    }

    [Fact]
    public void RetryAfter_OneKeyAsks_OthersGoOn_SeveralHoldTheDestination()
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);
        var minute = TimeSpan.FromMinutes(1);

        Report(breaker, 1, BreakerVerdict.Fails, retryAfter: minute);
        Report(breaker, 1, BreakerVerdict.Fails, retryAfter: minute);
        Assert.False(breaker.State.Open);
        Report(breaker, 2, BreakerVerdict.Fails, retryAfter: minute);
        Report(breaker, 3, BreakerVerdict.Fails, retryAfter: minute);

        Assert.Equal(_time.GetUtcNow() + minute, breaker.State.Until);
    }

    [Fact]
    public void Rejections_OfSeveralKeysInARow_OpenAsRejecting()
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);
        for (var i = 0; i < DestinationBreaker.Rejections; i++)
        {
            Report(breaker, i, BreakerVerdict.Rejects);
        }

        Assert.True(breaker.State.Rejecting);
    }

    [Fact]
    public void Breaker_AnySteps_OneProbeAtATimeAndOnlyWhenDue()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9], Gen.Int[0, 4000]).Array[1, 150].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var breaker = new DestinationBreaker(time, () => 0.5);
            var probing = false;
            foreach (var (step, key, milliseconds) in steps)
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                var before = breaker.State;
                switch (step)
                {
                    case 0:
                        var permit = breaker.Ask(out var until);
                        Assert.Equal(!before.Open, permit == BreakerPermit.Go);
                        Assert.Equal(before.Open && !probing && before.Until <= time.GetUtcNow(), permit == BreakerPermit.Probe);
                        Assert.True(permit != BreakerPermit.Wait || until > time.GetUtcNow());
                        probing |= permit == BreakerPermit.Probe;
                        break;
                    case 1 when probing:
                        var verdict = key < 5 ? BreakerVerdict.Works : BreakerVerdict.Fails;
                        Assert.True(breaker.Report(Lane(key), verdict, true, true, time.GetTimestamp(), null, "x"));
                        Assert.Equal(verdict == BreakerVerdict.Works, !breaker.State.Open);
                        probing = false;
                        break;
                    case 2 when probing:
                        breaker.Abandon();
                        probing = false;
                        break;
                    case 3:
                        breaker.Report(Lane(key), BreakerVerdict.Works, true, false, time.GetTimestamp(), null, null);
                        Assert.Equal(before.Open, breaker.State.Open);
                        break;
                    default:
                        var opened = breaker.Report(Lane(key), BreakerVerdict.Fails, key < 8, false, time.GetTimestamp(), null, "x");
                        Assert.Equal(!before.Open && breaker.State.Open, opened);
                        break;
                }
            }
        });
    }

    private static LaneId Lane(int key) => LaneId.OfKey((ulong)key << 1);

    private DestinationBreaker Open()
    {
        var breaker = new DestinationBreaker(_time, () => 0.5);
        for (var i = 0; i < DestinationBreaker.MinKeys; i++)
        {
            Report(breaker, i, BreakerVerdict.Fails);
        }

        Assert.True(breaker.State.Open);
        return breaker;
    }

    private void Report(
        DestinationBreaker breaker, int key, BreakerVerdict verdict, bool first = true, bool probe = false, TimeSpan? retryAfter = null)
    {
        breaker.Report(Lane(key), verdict, first, probe, _time.GetTimestamp(), retryAfter, "x");
    }
}
