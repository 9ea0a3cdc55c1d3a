using CsCheck;
using Postrider.Events;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class RepeatWindowTests
{
    private const int Capacity = 5000;

    /// <summary>Against a list that is searched from its end.</summary>
    [Fact]
    public void FindOrAdd_AnyHistory_AnswersAsASimpleModel() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int[1, 400], Gen.Int[0, 40]).Array[1, 12_000].Sample(
            steps =>
            {
                var window = new RepeatWindow(Capacity * RepeatWindow.BytesPerEntry);
                var model = new Queue<RepeatEntry>();
                var newest = new Dictionary<UInt128, RepeatEntry>();
                var (now, position) = (0L, 1L);
                foreach (var (id, length, kind) in steps)
                {
                    now++;
                    if (kind == 0)
                    {
                        // A write failed: the last positions are given again.
                        position = Math.Max(1, position - length);
                        model = new Queue<RepeatEntry>(model.Where(entry => entry.Position < position));
                        newest = model.GroupBy(entry => entry.Id).ToDictionary(group => group.Key, group => group.Last());
                        window.RemoveFrom(position);
                        continue;
                    }

                    var key = new RepeatKey((UInt128)(ulong)id * 1_000_003, (ulong)length, DateTimeOffset.FromUnixTimeMilliseconds(now + (length * 20)));
                    var expected = newest.TryGetValue(key.Id, out var known) && now < known.Until ? known : (RepeatEntry?)null;
                    Assert.Equal(expected, window.FindOrAdd(key, DateTimeOffset.FromUnixTimeMilliseconds(now), position));
                    if (expected is null)
                    {
                        var entry = new RepeatEntry(key.Id, key.Body, position++, key.Until.ToUnixTimeMilliseconds());
                        newest[key.Id] = entry;
                        model.Enqueue(entry);
                    }
                }

                Assert.InRange(window.Usage.Count, 0, Capacity);
                Assert.Equal(0, window.Usage.Forgotten);
            },
            iter: 60);

    [Fact]
    public void FindOrAdd_MoreThanItHolds_ForgetsTheOldestAndSaysSo()
    {
        var window = new RepeatWindow(Capacity * RepeatWindow.BytesPerEntry);
        for (var i = 1; i <= 3 * Capacity; i++)
        {
            Assert.Null(Find(window, i));
        }

        Assert.Equal((Capacity, Capacity, 2L * Capacity), window.Usage);
        Assert.Equal((2 * Capacity) + 1, window.Oldest);
        Assert.NotNull(Find(window, (2 * Capacity) + 1));
        Assert.NotNull(Find(window, 3 * Capacity));
        Assert.Null(Find(window, 2 * Capacity, 3 * Capacity + 1));
    }

    [Fact]
    public void Copy_FromTheMiddle_IsInTheOrderOfPositions()
    {
        var window = new RepeatWindow(Capacity * RepeatWindow.BytesPerEntry);
        for (var i = 1; i <= Capacity + 100; i++)
        {
            Find(window, i, 2 * i);
        }

        var entries = new RepeatEntry[50];

        Assert.Equal(50, window.Copy(4001, 9000, entries));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => 4002L + (2 * i)), entries.Select(entry => entry.Position));
        Assert.Equal(4, window.Copy(4001, 4010, entries));
        Assert.Equal(0, window.Copy(20_000, 30_000, entries));
    }

    [Fact]
    public void FindOrAdd_AMillionIds_TakeLessThanABudgetOf64MiB()
    {
        var window = new RepeatWindow(64 << 20);

        // What this thread allocated, outgrown tables included: never less than what is kept, and other tests do not count.
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i <= 1_000_000; i++)
        {
            Find(window, i);
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1_000_000, window.Usage.Count);
        Assert.InRange(taken, 40L << 20, 64L << 20);
    }

    private static RepeatEntry? Find(RepeatWindow window, int id, long? position = null) => window.FindOrAdd(
        new RepeatKey((UInt128)(uint)id, 0, DateTimeOffset.UnixEpoch.AddDays(1)), DateTimeOffset.UnixEpoch, position ?? id);
}
