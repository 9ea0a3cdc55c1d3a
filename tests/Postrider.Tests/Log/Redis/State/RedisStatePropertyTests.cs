using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Log.Redis.State;

/// <summary>Any history of the store leaves what the same history leaves in memory, and a reference for each thing that needs an event's body.</summary>
public sealed class RedisStatePropertyTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly string[] Names = ["crm", "crm2", "x"];

    // Lanes whose bytes are all ones or zeros try the bounds of ranges.
    private static readonly LaneId[] Lanes = [new(0), new(2), LaneId.OfKey(ulong.MaxValue), new(ulong.MaxValue), new(0x00FF_0000_FFFF_00FE)];

    private static readonly Gen<LaneId> AnyLane = Gen.Int[0, 4].Select(i => Lanes[i]);

    private static readonly Gen<(LaneId Lane, ParkedPlace Place)> Places = Gen.Select(
        AnyLane, Gen.Long[1, 5], Gen.Long[1, 5], Gen.Long[0, 2], (lane, after, position, turn) => (lane, new ParkedPlace(after, position, turn)));

    private static readonly Gen<StateChange> Changes = Gen.OneOf<StateChange>(
        Gen.Select(Places, Gen.Int[0, 9], (at, n) => (StateChange)new StateChange.Park(new ParkedEvent(
            at.Lane, at.Place.After, at.Place.Position, n, Now.AddMilliseconds(n), n % 2 == 0 ? null : Now, n % 3 == 0 ? null : new AttemptError("status", n % 4 == 0 ? null : -n, "schön"), at.Place.Turn))),
        Places.Select(at => (StateChange)new StateChange.Unpark(at.Lane, at.Place)),
        Gen.Select(AnyLane, Gen.Long[0, 5], (lane, due) => (StateChange)new StateChange.SetDue(lane, due == 5 ? ParkedLane.Blocked : Now.AddSeconds(due))),
        AnyLane.Select(lane => (StateChange)new StateChange.ClearDue(lane)),
        Gen.Select(Gen.Long[1, 5], AnyLane, Gen.Int[0, 9], (position, lane, n) => (StateChange)new StateChange.Bury(new DeadLetter(
            position, lane, n % 3 == 0 ? null : "ké"[..(n % 3)], n % 4 == 0 ? null : "", "rejected", new AttemptError("status", n % 2 == 0 ? 400 : null, ""), default,
            n % 2 == 0 ? null : Now, n % 3 == 0 ? null : Now, n, Now.AddMilliseconds(n), n % 5 == 0))),
        Gen.Long[1, 5].Select(position => (StateChange)new StateChange.Exhume(position)),
        Gen.Long[1, 5].Select(position => (StateChange)new StateChange.DeleteLetter(position)),
        Gen.Bool.Select(paused => (StateChange)new StateChange.Control(new DestinationControl(paused, paused ? null : "410 für immer"))));

    private enum Kind
    {
        Save,
        SaveTwo,
        DeleteLetters,
        Forget,
        Register,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyHistory_OfChanges_IsAsTheModelHasIt()
    {
        var steps = Gen.Select(
            Gen.Frequency((8, Gen.Const(Kind.Save)), (4, Gen.Const(Kind.SaveTwo)), (2, Gen.Const(Kind.DeleteLetters)), (1, Gen.Const(Kind.Forget)), (1, Gen.Const(Kind.Register))),
            Gen.Int[0, 2],
            Changes.List[0, 12],
            Gen.Long[1, 60]);

        await steps.List[1, 25].SampleAsync(
            async history =>
            {
                var model = new MemoryStateStore { IsStrict = false };
                var keys = await server.CreatePartitionAsync(last: 100);
                var real = new RedisStateStore(server.Database, keys, 1, 0, new FakeTimeProvider(Now)) { FindEvent = (_, _) => ValueTask.FromResult<Event?>(null) };
                await BothAsync(model, real, store => RegisterAsync(store, Names, 1));
                foreach (var (kind, index, changes, number) in history)
                {
                    await ApplyAsync(model, real, kind, index, changes, number);
                }

                await CompareAsync(model, real);
                await CompareReferencesAsync(model, keys);
            },
            iter: 120, threads: 1);
    }

    private static async Task ApplyAsync(MemoryStateStore model, RedisStateStore real, Kind kind, int index, List<StateChange> changes, long number)
    {
        var live = (await model.LoadDestinationsAsync(Cancellation)).Select(record => record.Name).ToHashSet();
        var name = Names[index];
        switch (kind)
        {
            case Kind.Save or Kind.SaveTwo:
                string[] saved = kind is Kind.Save ? [name] : [name, Names[(index + 1) % Names.Length]];
                if (saved.All(live.Contains))
                {
                    var saves = saved.Select((one, i) => new DestinationSave(one)
                    {
                        Progress = new Progress(number + i, [.. Enumerable.Range(1, (int)number - 1).Where(n => n % 7 == 0).Select(n => (long)n)]),
                        Counters = new DestinationCounters(number, number * 2, 1000 + number),
                        Changes = i == 0 ? changes : [new StateChange.GiveUp(new GivenUpRange(one, number, number + 5, 3, "skipped", Now)), new StateChange.Route(number, $"v{number}")],
                    }).ToList();
                    await BothAsync(model, real, store => store.SaveAsync(saves, Cancellation));
                }

                break;
            case Kind.DeleteLetters:
                await BothAsync(model, real, store => store.DeleteDeadLettersAsync(name, [number % 5, number % 7], Cancellation));
                break;
            // Of a position that is parked twice, either may become the letter.
            case Kind.Forget when live.Contains(name) && model.ParkedOf(name).GroupBy(parked => parked.Position).All(same => same.Count() == 1):
                await BothAsync(model, real, store => store.ForgetAsync(new GivenUpRange(name, number, number + 9, 4, "gone", Now), Cancellation));
                break;
            case Kind.Register:
                await BothAsync(model, real, store => RegisterAsync(store, [name], number));
                break;
        }
    }

    private static async Task CompareAsync(MemoryStateStore model, RedisStateStore real)
    {
        await SameAsync(model, real, async store => (await store.LoadDestinationsAsync(Cancellation)).OrderBy(record => record.Name, StringComparer.Ordinal)
            .Select(record => $"{record with { Progress = Progress.StartingAt(record.Progress.ReadPosition) }} {string.Join(',', record.Progress.Outstanding)}"));
        await SameAsync(model, real, async store => (await store.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 1000), Cancellation))
            .OrderBy(stored => stored.Destination, StringComparer.Ordinal).ThenBy(stored => stored.Letter.Position).Select(stored => $"{stored with { Number = 0 }}"));
        await SameAsync(model, real, async store => (await store.ReadGivenUpAsync(null, 1000, Cancellation)).Select(range => $"{range with { Number = 0 }}"));
        foreach (var name in Names)
        {
            await SameAsync(model, real, async store => (await store.CountLanesAsync(name, Cancellation)).Select(lane => $"{lane}").Order(StringComparer.Ordinal));
            await SameAsync(model, real, async store => (await store.ReadDueAsync(name, 100, Cancellation)).OrderBy(lane => lane.Due).ThenBy(lane => lane.Lane.Value).Select(lane => $"{lane}"));
            await SameAsync(model, real, async store => [$"{await store.FindOldestParkedAsync(name, Cancellation)}"]);
            await SameAsync(model, real, async store => (await store.FindParkedAsync(name, [0, 1, 2, 3, 4, 5, 6], Cancellation)).Order().Select(position => $"{position}"));
            foreach (var lane in Lanes)
            {
                await SameAsync(model, real, async store => (await store.ReadLaneAsync(name, lane, ParkedPlace.Start, 100, Cancellation)).Select(parked => $"{parked}"));
                await SameAsync(model, real, async store => (await store.ReadLaneAsync(name, lane, new ParkedPlace(2, 3, 1), 3, Cancellation)).Select(parked => $"{parked}"));
            }

            for (var position = 0; position < 8; position++)
            {
                var at = position;
                await SameAsync(model, real, async store =>
                {
                    var found = await store.FindEventAsync(name, at, Cancellation);

                    // One position may be parked in two lanes at one place; which of them is told first is nobody's promise.
                    return [$"{found.Parked?.Place} {found.Dead} {found.DeadLetterDeleted} {found.GivenUp?.From}"];
                });
            }
        }
    }

    private async Task CompareReferencesAsync(MemoryStateStore model, PartitionKeys keys)
    {
        var expected = new Dictionary<long, long>();
        foreach (var name in Names)
        {
            foreach (var lane in Lanes)
            {
                Count(expected, (await model.ReadLaneAsync(name, lane, ParkedPlace.Start, 1000, Cancellation)).Select(parked => parked.Position));
            }
        }

        Count(expected, (await model.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 1000), Cancellation)).Select(stored => stored.Letter.Position));
        var counts = await server.Database.HashGetAllAsync(keys.ReferenceCounts);
        var members = await server.Database.SortedSetRangeByRankAsync(keys.References);
        Assert.Equal(expected.OrderBy(pair => pair.Key), counts.Select(entry => KeyValuePair.Create((long)entry.Name, (long)entry.Value)).OrderBy(pair => pair.Key));
        Assert.Equal(expected.Keys.Order(), members.Select(member => (long)member));
    }

    private static void Count(Dictionary<long, long> counts, IEnumerable<long> positions)
    {
        foreach (var position in positions)
        {
            counts[position] = counts.GetValueOrDefault(position) + 1;
        }
    }

    private static Task RegisterAsync(IStateStore store, string[] names, long start) => store.RegisterAsync(
        [.. names.Select(name => new DestinationRecord { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = Now.AddSeconds(start) })],
        names, Now.AddMinutes(start), Cancellation);

    private static async Task BothAsync(MemoryStateStore model, RedisStateStore real, Func<IStateStore, Task> act)
    {
        await act(model);
        await act(real);
    }

    private static async Task SameAsync(MemoryStateStore model, RedisStateStore real, Func<IStateStore, Task<IEnumerable<string>>> read) => Assert.Equal(
        string.Join('\n', await read(model)), string.Join('\n', await read(real)));
}
