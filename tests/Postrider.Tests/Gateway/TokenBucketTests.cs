using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway;

/// <summary>The rate limit of a source beside a model that counts tokens.</summary>
public sealed class TokenBucketTests
{
    private static readonly RateLimit TwoAMinute = new(2, TimeSpan.FromMinutes(1));

    [Fact]
    public void TryTake_AfterALargeBatch_TheDebtHoldsForSmallRequestsToo()
    {
        var (time, rules) = (new FakeTimeProvider(), Rules(TwoAMinute));

        Assert.True(rules.TryTakeTokens(10, time, out _));
        Assert.False(rules.TryTakeTokens(1, time, out var wait));
        time.Advance(wait - TimeSpan.FromMilliseconds(1));
        Assert.False(rules.TryTakeTokens(1, time, out _));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(rules.TryTakeTokens(1, time, out _));

        Assert.Equal(TimeSpan.FromSeconds(270), wait);
    }

    [Fact]
    public void TryTake_WhenTheClockIsSetBack_NeitherShutsOutNorFillsUp()
    {
        var (time, rules) = (new TwoClocks(), Rules(TwoAMinute));
        Assert.True(rules.TryTakeTokens(2, time, out _));

        time.SetBack(TimeSpan.FromDays(1));

        Assert.False(rules.TryTakeTokens(1, time, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(30), wait);
        time.Advance(wait);
        Assert.True(rules.TryTakeTokens(1, time, out _));
    }

    [Fact]
    public void TryTake_AnyRequestsAtAnyTimes_AsTheModel()
    {
        var step = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 40], Gen.Int[-3600, 3600]);
        Gen.Select(Gen.Int[1, 5], step.Array[1, 40]).Sample((limit, steps) =>
        {
            // A token takes 60 s / limit: in units of 1/limit of a second everything is whole.
            var (time, rules) = (new TwoClocks(), Rules(new RateLimit(limit, TimeSpan.FromMinutes(1))));
            var level = 60L * limit;
            foreach (var (count, seconds, jump) in steps)
            {
                time.Advance(TimeSpan.FromSeconds(seconds));
                time.SetBack(TimeSpan.FromSeconds(jump));
                level = Math.Min(60L * limit, level + ((long)seconds * limit));

                var expected = level >= 60L * Math.Min(count, limit);
                level -= expected ? 60L * count : 0;

                Assert.Equal(expected, rules.TryTakeTokens(count, time, out var wait));
                Assert.Equal(expected, wait == TimeSpan.Zero);
            }
        });
    }

    private static SourceRules Rules(RateLimit limit) => new(new SourceConfig { RateLimit = limit });

    // The day's clock can be set; the one that measures only goes forward.
    private sealed class TwoClocks : TimeProvider
    {
        private DateTimeOffset _day = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);
        private long _ticks = 1_000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => _day;

        public void Advance(TimeSpan time)
        {
            _day += time;
            _ticks += time.Ticks;
        }

        public void SetBack(TimeSpan time) => _day -= time;
    }
}
