using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

/// <summary>The rate of a replay.</summary>
public sealed class ReplayThrottleTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(9_000)]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public void Take_StepAfterStep_HoldsTheRate(double rate)
    {
        const int Most = 500;
        var throttle = new ReplayThrottle(rate, _time);
        var began = _time.GetUtcNow();
        var taken = 0L;
        while (_time.GetUtcNow() - began < TimeSpan.FromSeconds(10))
        {
            var step = throttle.Take(Most, out var wait);
            taken += step;
            _time.Advance(step > 0 ? throttle.PauseFor(Most) : wait);
        }

        Assert.InRange(taken, rate * 9.5, rate * 10.1);
    }

    [Fact]
    public void PauseFor_NoRate_IsNone()
    {
        var throttle = new ReplayThrottle(null, _time);

        Assert.Equal((500, TimeSpan.Zero), (throttle.Take(500, out _), throttle.PauseFor(500)));
    }

    [Fact]
    public void PauseFor_LowRate_IsAMomentSoThatStepsAreFew()
    {
        var throttle = new ReplayThrottle(100, _time);
        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(5, throttle.Take(500, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(50), throttle.PauseFor(500));
    }
}
