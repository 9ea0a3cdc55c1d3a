using CsCheck;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>When an event is tried again, when it is given up, and how results are read.</summary>
public sealed class RetryPolicyTests
{
    private static readonly Gen<RetryConfig> Configs =
        from initial in Gen.Long[1, TimeSpan.TicksPerHour]
        from more in Gen.Long[0, 30 * TimeSpan.TicksPerDay]
        select new RetryConfig { Initial = TimeSpan.FromTicks(initial), Max = TimeSpan.FromTicks(initial + more) };

    [Fact]
    public void NextDelay_Anything_IsWithinTheUpperHalfAndDoublesUpToTheMost()
    {
        Gen.Select(Configs, Gen.Int[1, 2000], Gen.Double[0, 1]).Sample((config, attempts, jitter) =>
        {
            var full = Math.Min(config.Max.Ticks, config.Initial.Ticks * Math.Pow(2, attempts - 1));

            var delay = RetryPolicy.NextDelay(config, attempts, null, jitter).Ticks;

            return delay >= (full / 2) - 2 && delay <= full + 2 && delay <= config.Max.Ticks;
        });
    }

    [Fact]
    public void NextDelay_ReceiverAsked_IsAtLeastThatAndAtMostTheMost()
    {
        Gen.Select(Configs, Gen.Int[1, 40], Gen.Double[0, 1], Gen.Long[0, 60 * TimeSpan.TicksPerDay]).Sample((config, attempts, jitter, ticks) =>
        {
            var asked = TimeSpan.FromTicks(ticks);

            var delay = RetryPolicy.NextDelay(config, attempts, asked, jitter);

            return delay <= config.Max && delay >= (asked < config.Max ? asked : config.Max);
        });
    }

    [Theory]
    [InlineData(2, 0, 3, false)]
    [InlineData(3, 0, 3, true)]
    [InlineData(1, 23, null, false)]
    [InlineData(1, 24, null, true)]
    public void GivesUp_ByAttemptsOrByTime(int attempts, int hours, int? most, bool expected)
    {
        var parked = DateTimeOffset.UnixEpoch;

        Assert.Equal(expected, RetryPolicy.GivesUp(new RetryConfig { MaxAttempts = most }, attempts, parked, parked.AddHours(hours)));
    }

    [Theory]
    [InlineData(503, true, "Rejected", "Works")]
    [InlineData(500, true, "Retry", "Fails")]
    [InlineData(404, false, "Retry", "Fails")]
    [InlineData(403, false, "Rejected", "Rejects")]
    [InlineData(401, false, "Rejected", "Works")]
    [InlineData(400, false, "Rejected", "Works")]
    public void Results_AreReadAsTheSettingsSay(int status, bool retryable, string outcome, string verdict)
    {
        var config = new DestinationConfig { Type = "fake", RetryOn = [404], RejectOn = [503, 401] };
        var result = retryable ? DeliveryResult.Retry("status", "", status) : DeliveryResult.Rejected("status", "", status);

        var read = ResultReading.OutcomeOf(result, config);

        Assert.Equal(outcome, read.ToString());
        Assert.Equal(verdict, ResultReading.VerdictOf(result, read, config).ToString());
    }
}
