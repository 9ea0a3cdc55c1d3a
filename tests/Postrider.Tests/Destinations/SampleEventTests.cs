using System.Text;
using Postrider.Destinations;

namespace Postrider.Tests.Destinations;

public sealed class SampleEventTests
{
    [Fact]
    public void ToEvent_Defaults_AreThoseOfAPublishedEvent()
    {
        var made = new SampleEvent().ToEvent();

        Assert.Equal("""{"userId":"user-1","payload":{}}""", Encoding.UTF8.GetString(made.Body.Span));
        Assert.Equal(("user-1", "app", 1L), (made.Key, made.Source, made.Sequence));
        Assert.Null(made.Type);
        Assert.Null(made.TraceParent);
        Assert.Null(made.RequestedDestinations);
    }

    [Fact]
    public void ToEvent_WithoutId_IsNamedByItsPosition()
    {
        var first = new SampleEvent { Position = 1 }.ToEvent();
        var second = new SampleEvent { Position = 2 }.ToEvent();

        Assert.Equal(["evt_sample-0-0-1", "evt_sample-0-0-2"], [first.Id, second.Id]);
        Assert.True(first.Sequence < second.Sequence);
    }

    [Fact]
    public void ToAttempt_EverythingSet_IsAllThere()
    {
        var received = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 891, TimeSpan.Zero);
        var sample = new SampleEvent
        {
            Body = "[1]", Key = null, Id = "evt_mine", Position = 9, Source = "web", Type = "track", TraceParent = "00-1-2-01", ReceivedAt = received,
        };

        var (made, attempt) = sample.ToAttempt(3);

        Assert.Equal(("evt_mine", null, "web", "track", "00-1-2-01", received, 3), (made.Id, made.Key, made.Source, made.Type, made.TraceParent, made.ReceivedAt, attempt));
        Assert.Equal("[1]", Encoding.UTF8.GetString(made.Body.Span));
    }
}
