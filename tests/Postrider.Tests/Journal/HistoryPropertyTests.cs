using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Operations;
using Postrider.Tests.Operations;

namespace Postrider.Tests.Journal;

/// <summary>Whatever the server lives through, a report says what a list of all samples says.</summary>
public sealed class HistoryPropertyTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 4, 11, 59, 58, TimeSpan.Zero);

    // What happens, how long it takes, and figures.
    private static readonly Gen<(int What, int Seconds, int[] Figures)[]> Lives =
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 6000], Gen.Int[0, 9].Array[8]).Array[1, 250];

    [Fact]
    public void GetHistory_AfterAnyLife_IsWhatAListOfAllSamplesSays() => Lives.Sample(
        life =>
        {
            var (fine, coarse) = (new HistoryModel(5, 65 * 60), new HistoryModel(60, (24 * 3600) + 1800));
            var (journal, kept, clock) = (new FigureHistory(), new Dictionary<RecordKey, byte[]>(), Begin);
            foreach (var (what, seconds, figures) in life)
            {
                var elapsed = TimeSpan.FromSeconds(5);
                switch (what)
                {
                    case 0:
                        clock += TimeSpan.FromSeconds(seconds);
                        break;
                    case 1:
                        clock -= TimeSpan.FromSeconds(seconds);
                        break;
                    case 2:
                        clock -= TimeSpan.FromSeconds(seconds % 60);
                        break;
                    case 3:
                        Keep(journal, kept);
                        break;
                    case 4:
                        Keep(journal, kept);
                        journal = Load(kept);
                        break;
                    case 5:
                        elapsed = TimeSpan.FromMilliseconds(200 + seconds);
                        break;
                }

                clock += elapsed;
                journal.Add(clock, elapsed, Sample(figures));
                fine.Add(clock, elapsed, WithTime(Sample(figures), elapsed));
                coarse.Add(clock, elapsed, WithTime(Sample(figures), elapsed));
            }

            foreach (var (minutes, points) in new[] { (5, 150), (60, 150), (61, 7), (240, 100), (1440, 1500), (1440, 20) })
            {
                var report = Ask(journal, clock, new HistoryQuery(TimeSpan.FromMinutes(minutes), null, points));
                Assert.InRange(report.Accepted.Count, 1, points);
                (minutes <= 65 ? fine : coarse).Check(report);
            }
        },
        iter: 150);

    [Fact]
    public void Add_ForADayWithAThousandBusyDestinations_StaysSmallAndReachesBackAllTheTime()
    {
        var (journal, clock, accepted) = (new FigureHistory(200_000, 400_000), Begin, 0L);
        var elapsed = TimeSpan.FromSeconds(60);
        for (var minute = 0; minute < 24 * 60; minute++, clock += elapsed)
        {
            var row = new FigureRow { Start = 0, Length = 5, Accepted = 1000 };
            for (var i = 0; i < 50; i++)
            {
                row.Destinations[$"destination-{i}"] = Busy(i + minute);
            }

            journal.Add(clock, elapsed, row);
            accepted += row.Accepted;
            Assert.InRange(journal.Bytes, 0, 620_000);
        }

        var report = Ask(journal, clock - elapsed, new HistoryQuery(TimeSpan.FromHours(24), null, 1500));

        Assert.Equal(50, report.Destinations.Count);
        Assert.True(report.Accepted.Count(value => value is not null) > 23 * 60, "the whole day is covered");
        Assert.Equal(accepted, report.Accepted.Sum(value => (value ?? 0) * 60), accepted * 0.03);
        Assert.All(report.Destinations[0].P50Seconds.Skip(60).SkipLast(1), value => Assert.NotNull(value));
    }

    [Fact]
    public void GetHistory_OfOneThatDidNothing_SaysSo()
    {
        var journal = new FigureHistory();
        journal.Add(Begin, TimeSpan.FromSeconds(5), new FigureRow { Start = 0, Length = 5 });

        var report = Ask(journal, Begin, new HistoryQuery(TimeSpan.FromMinutes(5), "idle"));

        var idle = Assert.Single(report.Destinations);
        Assert.Equal("idle", idle.Name);
        Assert.Equal([0.0], idle.Delivered.Where(value => value is not null).Select(value => value!.Value));
    }

    private static DestinationFigures Busy(int seed)
    {
        var figures = new DestinationFigures { Delivered = 300 + seed, Lag = seed };
        for (var bucket = 10; bucket < 25; bucket++)
        {
            figures.AddDurations(bucket, 20 + ((seed + bucket) % 7));
        }

        return figures;
    }

    private static FigureRow Sample(int[] figures)
    {
        var row = new FigureRow { Start = 0, Length = 5, Accepted = figures[0], Refused = figures[1], LogBytes = figures[2] };
        for (var i = 3; i < figures.Length; i++)
        {
            var one = new DestinationFigures { Delivered = figures[i] % 4, Retried = figures[i] / 4, Lag = figures[i] / 3 };
            if (!one.IsEmpty)
            {
                AddAttempts(one, figures[i]);
                row.Destinations[$"d{i % 3}"] = one;
            }
        }

        return row;
    }

    private static void AddAttempts(DestinationFigures one, int bucket)
    {
        if (one.Delivered > 0)
        {
            one.AddDurations(bucket * 4, one.Delivered);
        }

        if (one.Retried > 0)
        {
            one.AddDurations((bucket * 4) + 1, one.Retried);
            one.AddErrors("timeout", one.Retried);
        }
    }

    private static FigureRow WithTime(FigureRow row, TimeSpan elapsed)
    {
        row.CoveredMilliseconds = (long)elapsed.TotalMilliseconds;
        return row;
    }

    private static void Keep(FigureHistory journal, Dictionary<RecordKey, byte[]> kept)
    {
        var changes = journal.TakeChanges();
        if (changes.Fine.Count % 3 == 1)
        {
            // It fails now and then, and must come again.
            journal.Untake(changes);
            changes = journal.TakeChanges();
        }

        foreach (var key in changes.Removed)
        {
            kept.Remove(key);
        }

        foreach (var record in changes.Written)
        {
            kept[record.Key] = record.Bytes;
        }
    }

    private static FigureHistory Load(Dictionary<RecordKey, byte[]> kept)
    {
        var loaded = new FigureHistory();
        loaded.Load([.. kept.Select(pair => new KeptRecord(pair.Key, pair.Value))]);
        return loaded;
    }

    private static HistoryReport Ask(FigureHistory figures, DateTimeOffset now, HistoryQuery query)
    {
        var state = new ServerState();
        state.MarkStarted(new FakeEventLog(), new FakeDeliveryControl(), now, journal: new DeliveryJournal { Figures = figures });
        return new History(state, new FakeTimeProvider(now)).GetHistory(query);
    }
}
