using CsCheck;

namespace Postrider.Tests.Log.Redis.Sharing;

/// <summary>Who owns what, whatever members do and whatever is lost on the way.</summary>
public sealed class LeaseBookTests
{
    private const int Partitions = 7;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly Gen<Step[]> Scenarios = Gen.Frequency(
        (20, Gen.Select(Gen.Int[0, 3], Gen.Long[0, 400], Gen.Bool).Select((who, way, answered) => new Step(Kind.Look, who, way, answered))),
        (2, Gen.Select(Gen.Int[0, 3], Gen.Long[3000, 25_000]).Select((who, way) => new Step(Kind.SlowLook, who, way, true))),
        (6, Gen.Long[100, 3000].Select(time => new Step(Kind.Wait, 0, time, true))),
        (1, Gen.Long[9_000, 30_000].Select(time => new Step(Kind.Wait, 0, time, true))),
        (2, Gen.Const(new Step(Kind.Join, 0, 0, true))),
        (1, Gen.Int[0, 3].Select(who => new Step(Kind.Kill, who, 0, true))),
        (1, Gen.Int[0, 3].Select(who => new Step(Kind.Leave, who, 0, true))),
        (1, Gen.Int[0, 3].Select(who => new Step(Kind.Cling, who, 0, true)))).Array[1, 120];

    private enum Kind
    {
        Look,
        SlowLook,
        Wait,
        Join,
        Kill,
        Leave,
        Cling,
    }

    [Fact]
    public void Leases_AnythingHappens_NoTwoAreValidAtOnceAndInTheEndEachHasItsShare() => Scenarios.Sample(Run, iter: 2000, print: steps => string.Join("; ", (object[])steps));

    [Fact]
    public void Wish_Alone_TakesAllAtItsSecondLookAndRenewsInTime()
    {
        var model = new LeaseModel(Partitions, Lease);
        var member = model.Join();

        member.Look(1, 1, answered: true);
        member.Look(1, 1, answered: true);

        Assert.Equal(Partitions, member.Book.Owned.Count);
        for (var second = 0; second < 60; second++)
        {
            model.Advance(1000);
            member.Look(1, 1, answered: true);
            Assert.All(member.Book.Owned, number => Assert.True(member.Book[number]!.IsValid));
        }
    }

    [Fact]
    public void IsValid_MemberStoodStillForLongerThanItsLease_IsFalseBeforeItAsksAnybody()
    {
        var model = new LeaseModel(Partitions, Lease);
        var member = model.Join();
        member.Look(1, 1, answered: true);
        member.Look(1, 1, answered: true);

        model.Advance(model.LeaseMilliseconds);

        Assert.All(member.Book.Owned, number => Assert.False(member.Book[number]!.IsValid));
        member.Look(1, 1, answered: true);
        Assert.All(Enumerable.Range(0, Partitions), number => Assert.True(member.Book[number]!.IsValid));
    }

    [Fact]
    public void Take_OwnerKilled_IsDoneWithinTheLeaseAndTwoSeconds()
    {
        var model = new LeaseModel(16, Lease);
        var (one, other, third) = (model.Join(), model.Join(), model.Join());
        Settle(model, [one, other, third]);
        var killed = model.Now;

        model.Kill(third);
        while (one.Book.Owned.Count + other.Book.Owned.Count < 16)
        {
            model.Advance(990);
            one.Look(5, 5, answered: true);
            other.Look(5, 5, answered: true);
            Assert.True(model.Now - killed < model.LeaseMilliseconds + 2000, "It took too long.");
        }
    }

    private static void Run(Step[] steps)
    {
        var model = new LeaseModel(Partitions, Lease);
        model.Join();
        var epochs = new long[Partitions];
        foreach (var step in steps)
        {
            var member = model.Members.Count > 0 ? model.Members[step.Who % model.Members.Count] : model.Join();
            switch (step.Kind)
            {
                case Kind.Look:
                    member.Look(step.Time / 2, step.Time / 2, step.Answered);
                    break;
                case Kind.SlowLook:
                    // Sent, and then the process stood still: the answer is old when it is read.
                    member.Look(5, step.Time, answered: true);
                    break;
                case Kind.Wait:
                    model.Advance(step.Time);
                    break;
                case Kind.Join when model.Members.Count < 4:
                    model.Join();
                    break;
                case Kind.Kill:
                    model.Kill(member);
                    break;
                case Kind.Leave:
                    model.Leave(member);
                    break;
                case Kind.Cling:
                    member.HandsOver = !member.HandsOver;
                    break;
            }

            Check(model, epochs);
        }

        if (model.Members.Count == 0)
        {
            model.Join();
        }

        foreach (var member in model.Members)
        {
            member.HandsOver = true;
        }

        Settle(model, model.Members);
        var share = (Partitions + model.Members.Count - 1) / model.Members.Count;
        Assert.Equal(Partitions, model.Members.Sum(member => member.Book.Owned.Count));
        Assert.All(model.Members, member => Assert.InRange(member.Book.Owned.Count, 0, share));
    }

    private static void Settle(LeaseModel model, IReadOnlyList<LeaseModel.Member> members)
    {
        for (var round = 0; round < 40; round++)
        {
            foreach (var member in members)
            {
                member.Look(5, 5, answered: true);
            }

            model.Advance(1000);
        }
    }

    private static void Check(LeaseModel model, long[] epochs)
    {
        for (var number = 0; number < Partitions; number++)
        {
            var valid = model.Members.Where(member => member.Book[number] is { IsValid: true }).ToList();
            Assert.True(valid.Count <= 1, $"{string.Join(" and ", valid.Select(member => member.Name))} both believe to own partition {number}.");
            if (valid is [var owner])
            {
                // So that whatever it attempts now, it may save.
                Assert.Equal(owner.Book[number]!.Token, model.Slots[number].Token);
            }

            Assert.True(model.Slots[number].Epoch >= epochs[number], "An epoch came twice.");
            epochs[number] = model.Slots[number].Epoch;
        }
    }

    private sealed record Step(Kind Kind, int Who, long Time, bool Answered);
}
