using CsCheck;
using Postrider.Events;

namespace Postrider.Tests.Events;

public sealed class EventIdFormatTests
{
    [Fact]
    public void TryParse_AnyFormattedPlace_GivesItBack()
    {
        Gen.Select(Gen.String[Gen.Char["abz019"], 1, 12], Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample(
            (logId, partition, generation, position) =>
            {
                var place = new LogPosition(partition, generation, position);
                var id = EventIdFormat.Format(logId, place);

                var isParsed = EventIdFormat.TryParse(id, out var parsedLog, out var parsedPlace);

                Assert.True(isParsed);
                Assert.Equal((logId, place), (parsedLog, parsedPlace));
                Assert.DoesNotContain('.', id);
            });
    }

    [Fact]
    public void TryParse_AnyText_IsRefusedOrFormatsBackToItself()
    {
        Gen.String[Gen.Char["evt_-019ax. "], 0, 24].Select(Gen.Bool, (text, isPrefixed) => isPrefixed ? "evt_" + text : text).Sample(
            text =>
            {
                var isParsed = EventIdFormat.TryParse(text, out var logId, out var place);

                Assert.True(!isParsed || EventIdFormat.Format(logId, place) == text, text);
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("evt_")]
    [InlineData("evt_---")]
    [InlineData("evt_a-0-0")]
    [InlineData("evt_a-0-0-1-2")]
    [InlineData("evt_-0-0-1")]
    [InlineData("evt_a-0-0-")]
    [InlineData("evt_a-0-0-01")]
    [InlineData("evt_a-00-0-1")]
    [InlineData("evt_a--0-0-1")]
    [InlineData("evt_a-+0-0-1")]
    [InlineData("evt_a-0-0- 1")]
    [InlineData("evt_A-0-0-1")]
    [InlineData("evt_a.b-0-0-1")]
    [InlineData("EVT_a-0-0-1")]
    [InlineData("evt_a-2147483648-0-1")]
    [InlineData("evt_a-0-0-9223372036854775808")]
    public void TryParse_NoId_IsRefused(string text)
    {
        Assert.False(EventIdFormat.TryParse(text, out _, out _));
    }
}
