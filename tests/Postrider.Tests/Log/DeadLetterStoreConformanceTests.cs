using CsCheck;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every log's state store promises of dead letters.</summary>
public abstract class DeadLetterStoreConformanceTests : StateStoreConformanceTests
{
    private enum Step
    {
        Bury,
        BuryBlocking,
        Exhume,
        DeleteLetter,
        Delete,
    }

    [Fact]
    public async Task ReadDeadLettersAsync_NewestFirst_PagesByNumber()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", [.. Enumerable.Range(1, 5).Select(i => new StateChange.Bury(Letter(10 - i, "x")))]);

        var first = await ReadAsync("crm", limit: 2);
        var rest = await ReadAsync("crm", before: first[^1].Number, limit: 10);

        Assert.Equal([5L, 6L], Positions(first));
        Assert.Equal([7L, 8L, 9L], Positions(rest));
        Assert.All(first.Concat(rest), stored => Assert.Equal("crm", stored.Destination));
        Assert.Empty(await ReadAsync("crm", before: rest[^1].Number));
        Assert.Empty(await ReadAsync("nobody"));
    }

    [Fact]
    public async Task ReadDeadLettersAsync_FromPosition_ComesInTheOrderOfPositions()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        await SaveAsync("other", new StateChange.Bury(Letter(8, "x")));
        await SaveAsync("crm", [.. new long[] { 9, 3, 7, 5 }.Select(position => new StateChange.Bury(Letter(position, "x")))]);

        Assert.Equal([3L, 5L, 7L, 9L], Positions(await ReadAsync("crm", from: 0)));
        Assert.Equal([5L, 7L], Positions(await ReadAsync("crm", from: 4, limit: 2)));
        Assert.Empty(await ReadAsync("crm", from: 10));
        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(null, from: 1));
    }

    [Fact]
    public async Task ReadDeadLettersAsync_AnyFilter_FindsAndCountsWhatAModelFinds()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        var letters = new List<(string Destination, DeadLetter Letter)>();
        for (var i = 0; i < 60; i++)
        {
            letters.Add((i % 5 == 0 ? "other" : "crm", Letter(1 + (i * 7 % 60), "x") with
            {
                Key = i % 4 == 0 ? null : $"k{i % 3}",
                Type = i % 6 == 0 ? null : $"t{i % 2}",
                Class = i % 7 == 0 ? "gave-up" : "rejected",
                At = Now.AddMilliseconds(i * 13 % 60),
            }));
        }

        foreach (var (destination, letter) in letters)
        {
            await SaveAsync(destination, new StateChange.Bury(letter));
        }

        foreach (var filter in Filters())
        {
            foreach (var destination in (string?[])["crm", "other", null])
            {
                var expected = letters.Where(one => (destination ?? one.Destination) == one.Destination && Fits(filter, one.Letter)).Select(one => one.Letter.Position).ToList();

                Assert.Equal(expected.AsEnumerable().Reverse(), Positions(await ReadAsync(destination, filter)));
                Assert.Equal(expected.Count, await State.CountDeadLettersAsync(destination, filter, Cancellation));
                if (destination is not null)
                {
                    Assert.Equal(expected.Order().Where(position => position >= 20).Take(3), Positions(await ReadAsync(destination, filter, from: 20, limit: 3)));
                }
            }
        }
    }

    [Fact]
    public async Task ReadDeadLettersAsync_LettersGoWhilePaging_MissesNoneThatStays()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", [.. Enumerable.Range(1, 40).Select(i => new StateChange.Bury(Letter(i, "x")))]);
        var seen = new List<long>();
        long? before = null;
        for (var page = 0; ; page++)
        {
            var read = await ReadAsync("crm", before: before, limit: 5);
            if (read.Count == 0)
            {
                break;
            }

            seen.AddRange(Positions(read));
            before = read[^1].Number;

            // What has been seen goes, and something that has not; news comes on top.
            await SaveAsync(
                "crm",
                [new StateChange.DeleteLetter(read[0].Letter.Position), new StateChange.Exhume(read[^1].Letter.Position),
                    new StateChange.DeleteLetter(read[^1].Letter.Position - 1), new StateChange.Bury(Letter(100 + page, "new"))]);
        }

        Assert.Equal(seen.Distinct(), seen);
        Assert.DoesNotContain(seen, position => position >= 100);
        Assert.Empty(Enumerable.Range(1, 40).Select(i => (long)i).Except(seen).Intersect(Positions(await ReadAsync("crm"))));
    }

    [Fact]
    public async Task SaveAsync_BuriedAgain_IsNewsWithItsOwnNumber()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", new StateChange.Bury(Letter(4, "first")), new StateChange.Bury(Letter(5, "x")));
        var first = await ReadAsync("crm");

        await SaveAsync("crm", new StateChange.Exhume(5));
        await SaveAsync("crm", new StateChange.Bury(Letter(5, "again")));
        await SaveAsync("crm", new StateChange.Bury(Letter(4, "again")));

        var again = await ReadAsync("crm");
        Assert.Equal([4L, 5L], Positions(again));
        Assert.True(again[1].Number > first[0].Number);
        Assert.All(again, stored => Assert.Equal("again", stored.Letter.Error.Message));
    }

    [Fact]
    public async Task FindEventAsync_ExhumedOrDeleted_OnlyTheDeletedLeavesATrace()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", new StateChange.Bury(Letter(4, "x")), new StateChange.Bury(Letter(5, "x")), new StateChange.Bury(Letter(6, "x")));

        await SaveAsync("crm", new StateChange.Exhume(4), new StateChange.DeleteLetter(5), new StateChange.Exhume(99), new StateChange.DeleteLetter(99));
        await State.DeleteDeadLettersAsync("crm", [6, 98], Cancellation);

        Assert.Equal(new EventRecord(null, null, null, false, null, null), await State.FindEventAsync("crm", 4, Cancellation));
        Assert.Equal(new EventRecord(null, null, null, true, null, null), await State.FindEventAsync("crm", 5, Cancellation));
        Assert.True((await State.FindEventAsync("crm", 6, Cancellation)).DeadLetterDeleted);
        Assert.False((await State.FindEventAsync("crm", 98, Cancellation)).DeadLetterDeleted);
        Assert.Empty(await ReadAsync("crm"));
        await SaveAsync("crm", new StateChange.Bury(Letter(5, "replayed from the log")));
        Assert.False((await State.FindEventAsync("crm", 5, Cancellation)).DeadLetterDeleted);
        Assert.Equal([5L], Positions(await ReadAsync("crm")));
    }

    [Fact]
    public async Task SaveAsync_BlockingLetter_KeepsItsParkedRowUntilItIsUnparked()
    {
        await RegisterAsync("crm", 1);
        var head = new ParkedEvent(Lane, 4, 4, 3, Now, Now, null);
        await SaveAsync(
            "crm", Progress.StartingAt(1), new DestinationCounters(0, 0, 1),
            new StateChange.Park(head), new StateChange.SetDue(Lane, ParkedLane.Blocked), new StateChange.Bury(Letter(4, "no") with { Blocking = true }));
        await ReopenLogAsync();

        var blocked = await State.FindEventAsync("crm", 4, Cancellation);
        Assert.Equal((head, ParkedLane.Blocked, true), (blocked.Parked, blocked.Due, blocked.Dead!.Blocking));
        Assert.Equal([new ParkedLane(Lane, ParkedLane.Blocked)], await State.ReadDueAsync("crm", 10, Cancellation));
        Assert.True(Assert.Single(await ReadAsync("crm")).Letter.Blocking);
        await SaveAsync(
            "crm", Progress.StartingAt(1), new DestinationCounters(0, 0, 1),
            new StateChange.Exhume(4), new StateChange.Park(head with { Attempts = 0, ParkedAt = Now.AddHours(1) }), new StateChange.SetDue(Lane, Now));

        var retried = await State.FindEventAsync("crm", 4, Cancellation);
        Assert.Equal((head with { Attempts = 0, ParkedAt = Now.AddHours(1) }, Now, null), (retried.Parked, retried.Due!.Value, retried.Dead));
    }

    [Fact]
    public async Task DeleteDeadLettersAsync_BlockedHead_LetsItsLaneGoOn()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync(
            "crm", Progress.StartingAt(1), new DestinationCounters(0, 0, 3),
            new StateChange.Park(new ParkedEvent(Lane, 4, 4, 3, Now, Now, null)),
            new StateChange.Park(new ParkedEvent(Lane, 6, 6, 0, Now, null, null)),
            new StateChange.Park(new ParkedEvent(OtherLane, 5, 5, 3, Now, null, null)),
            new StateChange.SetDue(Lane, ParkedLane.Blocked),
            new StateChange.SetDue(OtherLane, ParkedLane.Blocked),
            new StateChange.Bury(Letter(4, "no") with { Blocking = true }),
            new StateChange.Bury(Letter(5, "no") with { Blocking = true, Lane = OtherLane }));

        await State.DeleteDeadLettersAsync("crm", [4, 5], Cancellation);

        var due = Assert.Single(await State.ReadDueAsync("crm", 10, Cancellation));
        Assert.Equal(Lane, due.Lane);
        Assert.True(due.Due <= Now);
        Assert.Equal([6L], (await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation)).Select(parked => parked.Position));
        var record = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal((1L, 0L), (record.Counters.ParkedEvents, record.DeadLetters));
    }

    [Fact]
    public async Task ForgetAsync_BlockedHead_KeepsItsLetter()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync(
            "crm", Progress.StartingAt(1), new DestinationCounters(0, 0, 2),
            new StateChange.Park(new ParkedEvent(Lane, 4, 4, 3, Now, Now, null)),
            new StateChange.Park(new ParkedEvent(Lane, 6, 6, 0, Now, null, null)),
            new StateChange.SetDue(Lane, ParkedLane.Blocked),
            new StateChange.Bury(Letter(4, "no") with { Blocking = true }));

        await State.ForgetAsync(new GivenUpRange("crm", 7, 9, 2, "gone", Now), Cancellation);

        var letters = await ReadAsync("crm", from: 1);
        Assert.Equal([(4L, "rejected", false), (6L, "forgotten", false)], letters.Select(stored => (stored.Letter.Position, stored.Letter.Class, stored.Letter.Blocking)));
        Assert.Equal(2, await State.CountDeadLettersAsync("crm", DeadLetterFilter.All, Cancellation));
        Assert.Equal(2, await State.CountDeadLettersAsync(null, DeadLetterFilter.All, Cancellation));
        await State.DeleteDeadLettersAsync("crm", [4, 6], Cancellation);
        Assert.Equal(0, await State.CountDeadLettersAsync(null, DeadLetterFilter.All, Cancellation));
    }

    [Fact]
    public async Task SaveAsync_AnyHistoryOfLetters_CountsAsAModelDoes()
    {
        var steps = Gen.Select(Gen.Enum<Step>(), Gen.Long[1, 6]).List[1, 40];
        var number = 0;

        await steps.SampleAsync(
            async history =>
            {
                var name = $"d{number++}";
                var model = new HashSet<long>();
                await RegisterAsync(name, 1);
                foreach (var group in history.Chunk(4))
                {
                    await SaveAsync(name, [.. group.Where(step => step.Item1 is not Step.Delete).Select(step => Apply(model, step.Item1, step.Item2))]);
                    foreach (var (_, position) in group.Where(step => step.Item1 is Step.Delete))
                    {
                        await State.DeleteDeadLettersAsync(name, [position, position + 1], Cancellation);
                        model.ExceptWith([position, position + 1]);
                    }

                    var record = (await State.LoadDestinationsAsync(Cancellation)).Single(record => record.Name == name);
                    Assert.Equal(model.Count, record.DeadLetters);
                    Assert.Equal(model.Count, await State.CountDeadLettersAsync(name, DeadLetterFilter.All, Cancellation));
                    Assert.Equal(model.Order(), Positions(await ReadAsync(name, from: 0)));
                }
            },
            iter: 25, threads: 1);
    }

    private static StateChange Apply(HashSet<long> model, Step step, long position)
    {
        if (step is Step.Bury or Step.BuryBlocking)
        {
            model.Add(position);
            return new StateChange.Bury(Letter(position, "x") with { Blocking = step is Step.BuryBlocking });
        }

        model.Remove(position);
        return step is Step.Exhume ? new StateChange.Exhume(position) : new StateChange.DeleteLetter(position);
    }

    private static IEnumerable<DeadLetterFilter> Filters()
    {
        yield return DeadLetterFilter.All;
        yield return new DeadLetterFilter { Key = "k1" };
        yield return new DeadLetterFilter { Key = "unheard of" };
        yield return new DeadLetterFilter { Type = "t0" };
        yield return new DeadLetterFilter { Class = "gave-up" };
        yield return new DeadLetterFilter { Position = 23 };
        yield return new DeadLetterFilter { Since = Now.AddMilliseconds(20) };
        yield return new DeadLetterFilter { Until = Now.AddMilliseconds(20) };
        yield return new DeadLetterFilter { Since = Now.AddMilliseconds(20).AddTicks(1), Until = Now.AddMilliseconds(40).AddTicks(1) };
        yield return new DeadLetterFilter { Key = "k2", Type = "t1", Class = "rejected", Since = Now.AddMilliseconds(5), Until = Now.AddMilliseconds(55) };
    }

    private static bool Fits(DeadLetterFilter filter, DeadLetter letter) =>
        (filter.Key is null || letter.Key == filter.Key)
        && (filter.Type is null || letter.Type == filter.Type)
        && (filter.Class is null || letter.Class == filter.Class)
        && (filter.Since is null || letter.At >= filter.Since)
        && (filter.Until is null || letter.At < filter.Until)
        && (filter.Position is null || letter.Position == filter.Position);

    private static IEnumerable<long> Positions(IEnumerable<StoredDeadLetter> letters) => letters.Select(stored => stored.Letter.Position);

    private Task<IReadOnlyList<StoredDeadLetter>> ReadAsync(string? destination, DeadLetterFilter? filter = null, long? before = null, long? from = null, int limit = 100) =>
        State.ReadDeadLettersAsync(new DeadLetterQuery(destination, filter ?? DeadLetterFilter.All, before, from, limit), Cancellation);
}
