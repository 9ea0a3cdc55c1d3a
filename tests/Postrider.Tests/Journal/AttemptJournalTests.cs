using System.Text;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Tests.Journal;

public sealed class AttemptJournalTests
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UnixEpoch.AddDays(20000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Find_AnAttempt_IsAsItWasKept()
    {
        var journal = new AttemptJournal();
        journal.Keep(Failed(1, "crm", "evt_x-0-0-1", answer: "nein, größer"));

        var found = Assert.Single(Find(journal, "evt_x-0-0-1"));

        Assert.Equal(("crm", "evt_x-0-0-1", "ada", "track", 2), (found.Destination, found.EventId, found.Key, found.Type, found.Number));
        Assert.Equal(("retry", 500, "status", "answered 500"), (found.Outcome, found.Status, found.ErrorClass, found.Message));
        Assert.Equal("nein, größer", Encoding.UTF8.GetString(found.Answer.Span));
        Assert.Equal((Begin.AddSeconds(1), TimeSpan.FromMilliseconds(12), Begin.AddHours(1)), (found.At, found.Duration, found.NextAttempt));
    }

    [Fact]
    public void Find_ByAnyFilter_GivesTheNewestFirst()
    {
        var journal = new AttemptJournal();
        for (var i = 0; i < 2000; i++)
        {
            journal.Keep(i % 3 == 0 ? Delivered(i, $"d{i % 2}", $"e{i / 2}") : Failed(i, $"d{i % 2}", $"e{i / 2}"));
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => Begin.AddSeconds(1999 - i)), Find(journal, limit: 10).Select(attempt => attempt.At));
        Assert.Equal(["e500", "e500"], Find(journal, "e500").Select(attempt => attempt.EventId));
        Assert.All(Find(journal, destination: "d1", limit: 3000), attempt => Assert.Equal("d1", attempt.Destination));
        Assert.Equal(1000, Find(journal, destination: "d1", limit: 3000).Count);
        Assert.Equal(1333, Find(journal, failedOnly: true, limit: 3000).Count);
    }

    [Fact]
    public void Keep_MoreThanThereIsRoomFor_LetsTheOldestGoAndEachDestinationsNewestStay()
    {
        var journal = new AttemptJournal();
        journal.Keep(Delivered(0, "quiet", "e-quiet"));
        for (var i = 1; i <= 60_000; i++)
        {
            journal.Keep(Delivered(i, "busy", $"e{i}"));
        }

        Assert.Equal("e-quiet", Assert.Single(Find(journal, destination: "quiet")).EventId);
        Assert.Empty(Find(journal, "e1"));
        Assert.Single(Find(journal, "e60000"));
        var (written, removed) = journal.TakeChanges();
        Assert.InRange(written.Sum(record => record.Bytes.Length), 1, AttemptJournal.DeliveryBytes + 1000);
        Assert.Contains(new RecordKey(RecordKinds.Deliveries, 1), removed);
    }

    [Fact]
    public void Load_WhatWasKept_GoesOnWhereItEnded()
    {
        var (journal, kept) = (new AttemptJournal(), new Dictionary<RecordKey, byte[]>());
        for (var i = 0; i < 3000; i++)
        {
            journal.Keep(i % 2 == 0 ? Failed(i, "crm", $"e{i}") : Delivered(i, "crm", $"e{i}"));
            if (i % 700 == 0)
            {
                Take(journal, kept, fails: i % 1400 == 0);
            }
        }

        Take(journal, kept, fails: false);
        var loaded = new AttemptJournal();
        loaded.Load([.. kept.Select(pair => new KeptRecord(pair.Key, pair.Value))]);
        loaded.Keep(Failed(3000, "crm", "e3000"));
        Take(loaded, kept, fails: false);
        var again = new AttemptJournal();
        again.Load([.. kept.Select(pair => new KeptRecord(pair.Key, pair.Value))]);

        Assert.Equal(Find(journal, limit: 10_000).Select(attempt => attempt.EventId).Prepend("e3000"), Find(again, limit: 10_000).Select(attempt => attempt.EventId));
    }

    [Fact]
    public void Keep_OfMoreDestinationsThanItRemembers_ForgetsThoseThatDeliveredLongestAgo()
    {
        var journal = new AttemptJournal();
        for (var i = 0; i < 4100; i++)
        {
            journal.Keep(Delivered(i, $"d{i}", $"e{i}"));
        }

        journal.Keep(Delivered(4100, "d4", "e4100"));
        journal.Keep(Delivered(4101, "new", "e4101"));
        var newest = journal.TakeChanges().Written.Single(record => record.Key.Kind == RecordKinds.Newest);
        var loaded = new AttemptJournal();
        loaded.Load([newest]);

        var found = Find(loaded, limit: 10_000).Select(attempt => attempt.Destination).ToHashSet();
        Assert.Equal(4096, found.Count);
        Assert.Superset(new HashSet<string>(["d4", "d6", "d4099", "new"]), found);
        Assert.DoesNotContain("d5", found);
    }

    [Fact]
    public void Keep_LongTexts_AreCutToWholeCharacters()
    {
        var journal = new AttemptJournal();
        journal.Keep(new EndedAttempt
        {
            At = Begin, Destination = "crm", EventId = "e1", Key = new string('ü', 5000), Type = new string('t', 5000), Number = 1, Outcome = "rejected",
            Message = new string('€', 5000), Answer = new byte[5000], Duration = TimeSpan.Zero,
        });

        var found = Assert.Single(Find(journal, "e1"));

        Assert.Equal(new string('ü', 512), found.Key);
        Assert.Equal(new string('€', 341), found.Message);
        Assert.Equal(1024, found.Answer.Length);
    }

    private static void Take(AttemptJournal journal, Dictionary<RecordKey, byte[]> kept, bool fails)
    {
        var (written, removed) = journal.TakeChanges();
        if (fails)
        {
            journal.Untake(written, removed);
            return;
        }

        removed.ForEach(key => kept.Remove(key));
        written.ForEach(record => kept[record.Key] = record.Bytes);
    }

    private static IReadOnlyList<EndedAttempt> Find(
        AttemptJournal journal, string? eventId = null, string? destination = null, bool failedOnly = false, int limit = 100) =>
        journal.Find(new AttemptQuery(eventId, destination, failedOnly, limit), Cancellation);

    private static EndedAttempt Failed(int second, string destination, string id, string answer = "no") => new()
    {
        At = Begin.AddSeconds(second), Destination = destination, EventId = id, Key = "ada", Type = "track", Number = 2, Outcome = "retry", Status = 500,
        ErrorClass = "status", Message = "answered 500", Answer = Encoding.UTF8.GetBytes(answer), Duration = TimeSpan.FromMilliseconds(12),
        NextAttempt = Begin.AddHours(1),
    };

    private static EndedAttempt Delivered(int second, string destination, string id) => new()
    {
        At = Begin.AddSeconds(second), Destination = destination, EventId = id, Number = 1, Outcome = "delivered", Status = 200, Duration = TimeSpan.FromMilliseconds(3),
    };
}
