using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

/// <summary>A destination's rate limit.</summary>
public sealed class RateGateTests
{
    [Fact]
    public void TryTake_AnyPace_NeverMoreThanTheRateAndABurst()
    {
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, 40].Array[1, 300]).Sample((count, pauses) =>
        {
            var time = new FakeTimeProvider();
            var gate = new RateGate(time);
            gate.Set(new RateLimit(count, TimeSpan.FromSeconds(1)));
            var began = time.GetUtcNow();
            var taken = 0;
            foreach (var pause in pauses)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause));
                if (gate.TryTake(out var retryAt))
                {
                    taken++;
                }
                else if (retryAt <= time.GetUtcNow())
                {
                    return false;
                }
            }

            return taken <= Math.Max(1, count / 10.0) + 1 + (count * (time.GetUtcNow() - began).TotalSeconds);
        });
    }

    [Fact]
    public void TryTake_AtTheTimeItNamed_IsGranted()
    {
        var time = new FakeTimeProvider();
        var gate = new RateGate(time);
        gate.Set(new RateLimit(2, TimeSpan.FromSeconds(1)));
        Assert.True(gate.TryTake(out _));
        Assert.False(gate.TryTake(out var retryAt));

        time.SetUtcNow(retryAt);

        Assert.True(gate.TryTake(out _));
    }

    [Fact]
    public void TryTake_ClockWasSetBack_DoesNotHoldTheDestination()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(1));
        var gate = new RateGate(time);
        gate.Set(new RateLimit(1, TimeSpan.FromSeconds(1)));
        Assert.True(gate.TryTake(out _));

        time.AdjustTime(DateTimeOffset.UnixEpoch);

        Assert.True(gate.TryTake(out _));
    }

    [Fact]
    public void TryTake_NoLimit_AlwaysGranted()
    {
        var gate = new RateGate(TimeProvider.System);

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(gate.TryTake(out var _)));
    }
}
