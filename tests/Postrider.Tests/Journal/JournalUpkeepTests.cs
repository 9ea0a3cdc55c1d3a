using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Tests.Journal;

public sealed class JournalUpkeepTests
{
    private readonly ArmedTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20000).AddSeconds(3));
    private readonly MemoryKeeper _keeper = new();
    private readonly Source _source = new();
    private bool _mayKeep = true;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_ForAMinute_GathersEveryFiveSecondsAndKeepsOnce()
    {
        var journal = new DeliveryJournal();
        await using var upkeep = await StartAsync(journal);
        for (var step = 1; step <= 12; step++)
        {
            await AdvanceToStepAsync(journal, step);
        }

        await Delivery.Eventually.TrueAsync("the journal is kept", () => _keeper.Saves == 1);

        Assert.Equal(12, _source.Prepared);
        Assert.Equal(12, journal.Figures.View(TimeSpan.FromMinutes(5)).Rows.Count);
        Assert.Equal(12 * 7, Total(journal));
    }

    [Fact]
    public async Task FinishAsync_ThenKept_IsThereForTheNextProcess()
    {
        var journal = new DeliveryJournal();
        var upkeep = await StartAsync(journal);
        await AdvanceToStepAsync(journal, 1);
        journal.Attempts.Keep(Attempt());
        _time.Advance(TimeSpan.FromSeconds(2));

        await upkeep.FinishAsync(Cancellation);
        await upkeep.KeepAsync(Cancellation);
        var next = new DeliveryJournal();
        await using var other = await StartAsync(next);

        Assert.Equal(2 * 7, Total(next));
        Assert.Single(next.Attempts.Find(new AttemptQuery(null, null, false, 10), Cancellation));
    }

    [Fact]
    public async Task KeepAsync_ThatFailsOrMayNot_KeepsTheNextTime()
    {
        var journal = new DeliveryJournal();
        await using var upkeep = await StartAsync(journal);
        await AdvanceToStepAsync(journal, 1);
        journal.Attempts.Keep(Attempt());

        _keeper.Failure = new IOException("disk full");
        await upkeep.KeepAsync(Cancellation);
        (_keeper.Failure, _mayKeep) = (null, false);
        await upkeep.KeepAsync(Cancellation);
        Assert.Empty(_keeper.Records);
        _mayKeep = true;
        await upkeep.KeepAsync(Cancellation);

        Assert.Equal([RecordKinds.FineRows, RecordKinds.CoarseRows, RecordKinds.Failures], _keeper.Records.Keys.Select(key => key.Kind).Order());
    }

    [Fact]
    public async Task LoadAsync_WhatCannotBeRead_IsBegunAnewAndRemoved()
    {
        _keeper.Records[new RecordKey(RecordKinds.FineRows, 17)] = [99, 1, 2];
        var journal = new DeliveryJournal();
        await using var upkeep = await StartAsync(journal);
        await AdvanceToStepAsync(journal, 1);

        await upkeep.KeepAsync(Cancellation);

        Assert.Equal(7, Total(journal));
        Assert.DoesNotContain(new RecordKey(RecordKinds.FineRows, 17), _keeper.Records.Keys);
    }

    private static long Total(DeliveryJournal journal)
    {
        var view = journal.Figures.View(TimeSpan.FromMinutes(5));
        return view.Rows.Sum(row => FigureCodec.Read(row.Bytes, view.Names).Accepted);
    }

    private static EndedAttempt Attempt() => new()
    {
        At = DateTimeOffset.UnixEpoch, Destination = "crm", EventId = "e1", Number = 1, Outcome = "retry", Duration = TimeSpan.Zero,
    };

    private async Task<JournalUpkeep> StartAsync(DeliveryJournal journal)
    {
        var upkeep = new JournalUpkeep(journal, _source, _keeper, () => _mayKeep, _time, NullLogger<JournalUpkeep>.Instance);
        await upkeep.LoadAsync(Cancellation);
        upkeep.Start();
        return upkeep;
    }

    // The loop waits for a step, then a moment for the dispatchers.
    private async Task AdvanceToStepAsync(DeliveryJournal journal, int step)
    {
        _time.Advance(await _time.ArmedAsync());
        _time.Advance(await _time.ArmedAsync());
        await Delivery.Eventually.TrueAsync($"step {step} is gathered", () => Total(journal) == 7 * step);
    }

    private sealed class Source : IFigureSource
    {
        public int Prepared { get; private set; }

        public void Prepare() => Prepared++;

        public Task ReadAsync(FigureRow row, CancellationToken cancellationToken)
        {
            row.Accepted = 7;
            return Task.CompletedTask;
        }

        public Task KeepNewestAsync(string? destination, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class MemoryKeeper : IRecordKeeper
    {
        public Dictionary<RecordKey, byte[]> Records { get; } = [];

        public Exception? Failure { get; set; }

        public int Saves { get; private set; }

        public Task<IReadOnlyList<KeptRecord>> LoadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<KeptRecord>>([.. Records.Select(pair => new KeptRecord(pair.Key, pair.Value))]);

        public Task SaveAsync(IReadOnlyList<KeptRecord> written, IReadOnlyList<RecordKey> removed, CancellationToken cancellationToken)
        {
            if (Failure is { } failure)
            {
                return Task.FromException(failure);
            }

            foreach (var key in removed)
            {
                Records.Remove(key);
            }

            foreach (var (key, bytes) in written)
            {
                Records[key] = bytes;
            }

            Saves++;
            return Task.CompletedTask;
        }
    }
}
