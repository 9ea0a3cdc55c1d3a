using CsCheck;
using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

/// <summary>The slots that several partitions of a destination share.</summary>
public sealed class SharedSlotsTests
{
    [Fact]
    public void Return_OnlyTheReturnerWaitsInFront_TheOtherIsWoken()
    {
        var slots = new SharedSlots();
        slots.Resize(1);
        var (a, b) = (new Reader(), new Reader());
        Assert.True(slots.TryTakeOrWait(retry: false, a));
        Assert.False(slots.TryTakeOrWait(retry: false, a));
        Assert.False(slots.TryTakeOrWait(retry: false, a));
        Assert.False(slots.TryTakeOrWait(retry: false, b));

        slots.Return(retry: false, a);

        Assert.Equal((0, 1), (a.Woken, b.Woken));
    }

    [Fact]
    public void Decline_WokenWithoutUseForIt_TheNextIsWoken()
    {
        var slots = new SharedSlots();
        slots.Resize(1);
        var (a, b, c) = (new Reader(), new Reader(), new Reader());
        slots.TryTakeOrWait(retry: false, a);
        slots.TryTakeOrWait(retry: false, b);
        slots.TryTakeOrWait(retry: false, c);

        slots.Return(retry: false, a);
        slots.Decline(retry: false, b);
        slots.Decline(retry: false, b);

        Assert.Equal((1, 1), (b.Woken, c.Woken));
    }

    [Fact]
    public void Pool_AnyTakesAndReturns_KeepsItsShares()
    {
        Gen.Select(Gen.Int[1, 9], Gen.Select(Gen.Bool, Gen.Bool).Array[1, 80]).Sample((size, steps) =>
        {
            var pool = new SlotPool();
            pool.Resize(size);
            var held = (Retries: 0, News: 0);
            foreach (var (take, retry) in steps)
            {
                var own = retry ? held.Retries : held.News;
                if (take)
                {
                    var share = Math.Max(1, retry ? size / 2 : size - 1);
                    var expected = held.Retries + held.News < size && own < share;
                    if (pool.TryTake(retry) != expected)
                    {
                        return false;
                    }

                    held = !expected ? held : retry ? (held.Retries + 1, held.News) : (held.Retries, held.News + 1);
                }
                else if (own > 0)
                {
                    pool.Return(retry);
                    held = retry ? (held.Retries - 1, held.News) : (held.Retries, held.News - 1);
                }
            }

            return pool.InUse == held.Retries + held.News;
        });
    }

    private sealed class Reader : IRingReader
    {
        public int Woken { get; private set; }

        public long ReadPosition => 0;

        public void Wake() => Woken++;
    }
}
