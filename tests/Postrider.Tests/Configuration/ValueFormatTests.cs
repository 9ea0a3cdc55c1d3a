using CsCheck;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class ValueFormatTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("100ms", 100)]
    [InlineData("2s", 2_000)]
    [InlineData("5m", 300_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("7d", 604_800_000)]
    public void TryParse_Duration_IsRead(string text, long milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("1.5s")]
    [InlineData("1h30m")]
    [InlineData("٣s")]
    [InlineData("36501d")]
    [InlineData("99999999999999999999s")]
    public void TryParse_NoDuration_IsRefused(string text)
    {
        Assert.False(Duration.TryParse(text, out _));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1000", 1000)]
    [InlineData("5B", 5)]
    [InlineData("64KiB", 65_536)]
    [InlineData("64KB", 64_000)]
    [InlineData("4MiB", 4_194_304)]
    [InlineData("4MB", 4_000_000)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("2TiB", 2_199_023_255_552)]
    public void TryParse_Size_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1 MiB")]
    [InlineData("1mib")]
    [InlineData("1M")]
    [InlineData("-1")]
    [InlineData("1.5GiB")]
    [InlineData("9999999TiB")]
    [InlineData("99999999999999999999")]
    public void TryParse_NoSize_IsRefused(string text)
    {
        Assert.False(ByteSize.TryParse(text, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/s")]
    [InlineData("0/s")]
    [InlineData("5/d")]
    [InlineData("5/")]
    [InlineData("5s")]
    [InlineData("5 /s")]
    [InlineData("99999999999/s")]
    public void TryParse_NoRate_IsRefused(string text)
    {
        Assert.False(RateLimit.TryParse(text, out _));
    }

    [Fact]
    public void Format_AnyDuration_ReadsBackTheSame()
    {
        Gen.Long[0, 36_500L * 86_400_000].Sample(milliseconds =>
        {
            var duration = TimeSpan.FromMilliseconds(milliseconds);

            return Duration.TryParse(Duration.Format(duration), out var read) && read == duration;
        });
    }

    [Fact]
    public void ToString_AnySize_ReadsBackTheSame()
    {
        Gen.OneOf(Gen.Long[0, long.MaxValue], Gen.Long[0, 1 << 20].Select(count => count << 20)).Sample(bytes =>
            ByteSize.TryParse(new ByteSize(bytes).ToString(), out var read) && read.Bytes == bytes);
    }

    [Fact]
    public void ToString_AnyRate_ReadsBackTheSame()
    {
        Gen.Select(Gen.Int[1, int.MaxValue], Gen.Int[0, 2]).Sample((count, unit) =>
        {
            var rate = new RateLimit(count, TimeSpan.FromSeconds(Math.Pow(60, unit)));

            return RateLimit.TryParse(rate.ToString(), out var read) && read == rate;
        });
    }
}
