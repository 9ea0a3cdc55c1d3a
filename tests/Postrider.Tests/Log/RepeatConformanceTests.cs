using Postrider.Events;

namespace Postrider.Tests.Log;

/// <summary>What every log promises of events that come again: part of <see cref="EventLogConformanceTests"/>, which each implementation inherits.</summary>
public abstract class RepeatConformanceTests : EventLogConformanceTests
{
    [Fact]
    public async Task AppendAsync_Repeat_AnswersWithTheFirstOnesPlace()
    {
        var first = TestEvents.Repeatable("m-1", "[1]");
        await Log.AppendAsync(first);
        var end = Partition.EndPosition;

        var (same, other) = (TestEvents.Repeatable("m-1", "[1]"), TestEvents.Repeatable("m-1", "[2]"));
        await Log.AppendAsync(same);
        await Log.AppendAsync(other);

        Assert.Equal((Repeat.None, Repeat.Same, Repeat.Conflicting), (first.Repeat, same.Repeat, other.Repeat));
        Assert.Equal((first.Id, first.Id), (same.Id, other.Id));
        Assert.Equal((first.Place, first.Place), (same.Place, other.Place));
        Assert.Equal(end, Partition.EndPosition);
    }

    [Fact]
    public async Task AppendAsync_NoKeyOrAnotherSourcesId_IsNew()
    {
        var from = Partition.EndPosition;
        foreach (var @event in (Event[])[TestEvents.Numbered(1), TestEvents.Numbered(1), TestEvents.Repeatable("m-1"), TestEvents.Repeatable("m-1", source: "web")])
        {
            await Log.AppendAsync(@event);
            Assert.Equal(Repeat.None, @event.Repeat);
        }

        Assert.Equal(4, (await ReadAllAsync(from)).Count);
    }

    [Fact]
    public async Task AppendAsync_WindowOver_IsNewAndFromThenOnTheFirst()
    {
        var first = TestEvents.Repeatable("m-1", window: TimeSpan.FromSeconds(-1));
        await Log.AppendAsync(first);

        var (second, third) = (TestEvents.Repeatable("m-1"), TestEvents.Repeatable("m-1"));
        await Log.AppendAsync(second);
        await Log.AppendAsync(third);

        Assert.Equal((Repeat.None, Repeat.Same), (second.Repeat, third.Repeat));
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(second.Id, third.Id);
    }

    [Fact]
    public async Task AppendAsync_TwinsInOneGroup_OneIsStored()
    {
        var from = Partition.EndPosition;
        Event[] group = [TestEvents.Repeatable("a", "[1]"), TestEvents.Numbered(5), TestEvents.Repeatable("a", "[1]"), TestEvents.Repeatable("a", "[2]"), TestEvents.Repeatable("b")];

        await Log.AppendAsync(group);
        var again = new[] { TestEvents.Repeatable("b"), TestEvents.Repeatable("a", "[1]") };
        await Log.AppendAsync(again);

        Assert.Equal([Repeat.None, Repeat.None, Repeat.Same, Repeat.Conflicting, Repeat.None], group.Select(e => e.Repeat));
        Assert.Equal([Repeat.Same, Repeat.Same], again.Select(e => e.Repeat));
        Assert.Equal([group[4].Id, group[0].Id], again.Select(e => e.Id));
        Assert.Equal([group[0].Id, group[1].Id, group[4].Id], (await ReadAllAsync(from)).Select(e => e.Id));
    }

    [Fact]
    public async Task AppendAsync_ConcurrentTwins_OneIsStoredAndAllAnswerDurably()
    {
        var from = Partition.EndPosition;
        var twins = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            var @event = TestEvents.Repeatable($"m-{i % 10}");
            await Log.AppendAsync(@event);

            // Answered is durable: whoever reads now finds it.
            Assert.NotNull(await Partition.GetAsync(@event.Place.Position, Cancellation));
            return (Id: i % 10, Event: @event);
        }, Cancellation)));

        Assert.Equal(10, (await ReadAllAsync(from)).Count);
        foreach (var same in twins.GroupBy(twin => twin.Id))
        {
            Assert.Single(same.Select(twin => twin.Event.Id).Distinct());
            Assert.Single(same, twin => twin.Event.Repeat is Repeat.None);
        }
    }

    [Fact]
    public async Task Listen_Repeats_AreNotTold()
    {
        var seen = new List<long>();
        Partition.Listen(batch => seen.AddRange(batch.Events.Select(e => e.Place.Position)));
        var from = Partition.EndPosition;

        await Log.AppendAsync([TestEvents.Repeatable("a"), TestEvents.Repeatable("a")]);
        await Log.AppendAsync(TestEvents.Repeatable("a"));
        await Log.AppendAsync(TestEvents.Repeatable("b"));

        Assert.Equal([from, from + 1], seen);
    }

    [Fact]
    public async Task Reopen_Repeats_AreStillRecognised()
    {
        var first = TestEvents.Repeatable("m-1", "[1]");
        await Log.AppendAsync(first);

        await ReopenLogAsync();
        var (same, other, fresh) = (TestEvents.Repeatable("m-1", "[1]"), TestEvents.Repeatable("m-1", "[2]"), TestEvents.Repeatable("m-2"));
        await Log.AppendAsync([same, other, fresh]);

        Assert.Equal((Repeat.Same, Repeat.Conflicting, Repeat.None), (same.Repeat, other.Repeat, fresh.Repeat));
        Assert.Equal((first.Id, first.Id), (same.Id, other.Id));
    }
}
