using System.Text;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every log's state store promises of replays, ranges given up and rejected ingest. The last of the suite: each log inherits this.</summary>
public abstract class ReplayStoreConformanceTests : DeadLetterStoreConformanceTests
{
    [Fact]
    public async Task ReadLaneAsync_ReplayedEvents_StandByAfterThenTurnThenPosition()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync(
            "crm",
            [.. new (long After, long Turn, long Position)[] { (9, 2, 1), (9, 0, 9), (9, 1, 8), (9, 2, 3), (4, 7, 2), (9, 1, 2), (12, 0, 12) }
                .Select(place => new StateChange.Park(new ParkedEvent(Lane, place.After, place.Position, 0, Now, null, null, place.Turn)))]);

        var all = await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation);
        var behind = await State.ReadLaneAsync("crm", Lane, new ParkedPlace(9, 8, 1), 2, Cancellation);
        await SaveAsync("crm", new StateChange.Unpark(Lane, new ParkedPlace(9, 2, 1)), new StateChange.Unpark(Lane, new ParkedPlace(9, 9)));

        Assert.Equal([(4L, 7L, 2L), (9L, 0L, 9L), (9L, 1L, 2L), (9L, 1L, 8L), (9L, 2L, 1L), (9L, 2L, 3L), (12L, 0L, 12L)], all.Select(parked => (parked.After, parked.Turn, parked.Position)));
        Assert.Equal([1L, 3L], behind.Select(parked => parked.Position));
        Assert.Equal(
            [(4L, 7L, 2L), (9L, 1L, 8L), (9L, 2L, 1L), (9L, 2L, 3L), (12L, 0L, 12L)],
            (await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation)).Select(parked => (parked.After, parked.Turn, parked.Position)));
        Assert.Equal([new ParkedLaneCount(Lane, 5, Now, 7)], await State.CountLanesAsync("crm", Cancellation));
    }

    [Fact]
    public async Task SaveAsync_ParkedAgain_WaitsFromAnewAndKeepsItsTurn()
    {
        await RegisterAsync("crm", 1);
        var parked = new ParkedEvent(Lane, 9, 4, 5, Now, Now, new AttemptError("status", 500, "no"), 3);
        await SaveAsync("crm", new StateChange.Park(parked));

        await SaveAsync("crm", new StateChange.Park(parked with { Attempts = 0, ParkedAt = Now.AddDays(1) }));

        Assert.Equal([parked with { Attempts = 0, ParkedAt = Now.AddDays(1) }], await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation));
        Assert.Equal([new ParkedLaneCount(Lane, 1, Now.AddDays(1), 3)], await State.CountLanesAsync("crm", Cancellation));
    }

    [Fact]
    public async Task FindParkedAsync_SomePositions_TellsThoseOfThisDestination()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        await SaveAsync("other", new StateChange.Park(new ParkedEvent(Lane, 7, 7, 0, Now, null, null)));
        await SaveAsync(
            "crm",
            new StateChange.Park(new ParkedEvent(Lane, 4, 4, 0, Now, null, null)),
            new StateChange.Park(new ParkedEvent(OtherLane, 9, 5, 0, Now, null, null, 1)));

        Assert.Equal([4L, 5L], (await State.FindParkedAsync("crm", [3, 4, 5, 6, 7], Cancellation)).Order());
        Assert.Empty(await State.FindParkedAsync("crm", [], Cancellation));
    }

    [Fact]
    public async Task LoadReplaysAsync_Added_ComeBackWholeNewestFirstOverAReopen()
    {
        await RegisterAsync("crm", 1);
        var ofLog = Replay("rpl_1") with
        {
            Filter = new DeadLetterFilter { Key = "ada", Type = "track", Class = "rejected", Since = Now, Until = Now.AddHours(1), Position = 7 },
            Rate = 12.5,
        };
        var ofLetters = Replay("rpl_2") with { OfDeadLetters = true, CreatedAt = Now.AddSeconds(1) };
        await State.AddReplayAsync(ofLog, Cancellation);
        await State.AddReplayAsync(ofLetters, Cancellation);
        await State.AddReplayAsync(ofLog with { Total = 99 }, Cancellation);

        await ReopenLogAsync();

        Assert.Equal([ofLetters, ofLog], await State.LoadReplaysAsync(Cancellation));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => State.AddReplayAsync(Replay("rpl_3") with { Destination = "nobody" }, Cancellation));
    }

    [Fact]
    public async Task SaveAsync_ReplayStep_IsSavedTogetherWithItsEvents()
    {
        await RegisterAsync("crm", 1);
        await State.AddReplayAsync(Replay("rpl_1"), Cancellation);
        var step = new ReplayProgress(ReplayState.Running, 50, 3);
        var parked = new ParkedEvent(Lane, 9, 4, 0, Now, null, null, 1);

        await SaveAsync("crm", new StateChange.Bury(Letter(4, "x")), new StateChange.Bury(Letter(5, "x")));
        await SaveAsync("crm", new StateChange.Exhume(4), new StateChange.Park(parked), new StateChange.Replayed("rpl_1", step), new StateChange.Replayed("rpl_unknown", step));
        var bad = Save("nobody", Progress.StartingAt(5), default);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => State.SaveAsync(
            [Save("crm", Progress.StartingAt(1), default, new StateChange.Exhume(5), new StateChange.Replayed("rpl_1", step with { Next = 60 })), bad], Cancellation));
        await ReopenLogAsync();

        Assert.Equal(step, Assert.Single(await State.LoadReplaysAsync(Cancellation)).Progress);
        Assert.Equal(new EventRecord(parked, null, null, false, null, null), await State.FindEventAsync("crm", 4, Cancellation));
        Assert.NotNull((await State.FindEventAsync("crm", 5, Cancellation)).Dead);
        Assert.Equal(1, await State.CountDeadLettersAsync("crm", DeadLetterFilter.All, Cancellation));
    }

    [Fact]
    public async Task SaveAsync_ExhumeOfADeletedLetter_RemovesItsTombstoneAndCountsNothing()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", new StateChange.Bury(Letter(4, "x")), new StateChange.Bury(Letter(5, "x")));
        await SaveAsync("crm", new StateChange.DeleteLetter(4));

        await SaveAsync("crm", new StateChange.Exhume(4), new StateChange.Exhume(6));
        await ReopenLogAsync();

        Assert.Equal(new EventRecord(null, null, null, false, null, null), await State.FindEventAsync("crm", 4, Cancellation));
        Assert.Equal(1, Assert.Single(await State.LoadDestinationsAsync(Cancellation)).DeadLetters);
    }

    [Fact]
    public async Task EndReplayAsync_Ended_StaysAsItEnded()
    {
        await RegisterAsync("crm", 1);
        await State.AddReplayAsync(Replay("rpl_1"), Cancellation);
        var ended = new ReplayProgress(ReplayState.Cancelled, 20, 5, Now.AddMinutes(1), "as told");

        await State.EndReplayAsync("rpl_1", ended, Cancellation);
        await State.EndReplayAsync("rpl_1", ended with { State = ReplayState.Failed }, Cancellation);
        await State.EndReplayAsync("rpl_unknown", ended, Cancellation);
        await SaveAsync("crm", new StateChange.Replayed("rpl_1", new ReplayProgress(ReplayState.Running, 30, 6)));

        Assert.Equal(ended, Assert.Single(await State.LoadReplaysAsync(Cancellation)).Progress);
    }

    [Fact]
    public async Task ForgetAsync_ReplayRunning_HasFailed()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        await State.AddReplayAsync(Replay("rpl_1"), Cancellation);
        await State.AddReplayAsync(Replay("rpl_2") with { Destination = "other" }, Cancellation);

        await State.ForgetAsync(new GivenUpRange("crm", 1, 6, 5, "gone", Now.AddHours(1)), Cancellation);

        var replays = (await State.LoadReplaysAsync(Cancellation)).ToDictionary(replay => replay.Id, replay => replay.Progress);
        Assert.Equal((ReplayState.Failed, Now.AddHours(1)), (replays["rpl_1"].State, replays["rpl_1"].FinishedAt));
        Assert.NotNull(replays["rpl_1"].Reason);
        Assert.Equal(ReplayState.Running, replays["rpl_2"].State);
    }

    [Fact]
    public async Task AddReplayAsync_LongFinished_AreForgottenRunningOnesAndThoseOfTheLogNot()
    {
        await RegisterAsync("crm", 1);
        await State.AddReplayAsync(Replay("rpl_running") with { OfDeadLetters = true }, Cancellation);
        await State.AddReplayAsync(Replay("rpl_old") with { OfDeadLetters = true }, Cancellation);
        await State.AddReplayAsync(Replay("rpl_past"), Cancellation);
        await State.AddReplayAsync(Replay("rpl_log"), Cancellation);
        await State.AddReplayAsync(Replay("rpl_younger") with { OfDeadLetters = true }, Cancellation);
        await State.EndReplayAsync("rpl_old", new ReplayProgress(ReplayState.Done, 100, 5, Now.AddDays(1)), Cancellation);
        await State.EndReplayAsync("rpl_past", new ReplayProgress(ReplayState.Cancelled, 0, 0, Now.AddDays(1)), Cancellation);
        await State.EndReplayAsync("rpl_log", new ReplayProgress(ReplayState.Done, 100, 5, Now.AddDays(1)), Cancellation);
        await State.EndReplayAsync("rpl_younger", new ReplayProgress(ReplayState.Done, 100, 5, Now.AddDays(2)), Cancellation);

        await State.AddReplayAsync(Replay("rpl_new") with { CreatedAt = Now.AddDays(8).AddHours(1) }, Cancellation);

        Assert.Equal(["rpl_new", "rpl_younger", "rpl_log", "rpl_running"], (await State.LoadReplaysAsync(Cancellation)).Select(replay => replay.Id));
    }

    [Fact]
    public async Task AddReplayAsync_BeyondTheNewestHundred_TheFinishedOnesGo()
    {
        await RegisterAsync("crm", 1);
        for (var i = 0; i < 104; i++)
        {
            await State.AddReplayAsync(Replay($"rpl_{i}"), Cancellation);
            if (i != 2)
            {
                await State.EndReplayAsync($"rpl_{i}", new ReplayProgress(ReplayState.Done, 100, 5, Now), Cancellation);
            }
        }

        Assert.Equal(Enumerable.Range(4, 100).Reverse().Append(2).Select(i => $"rpl_{i}"), (await State.LoadReplaysAsync(Cancellation)).Select(replay => replay.Id));
    }

    [Fact]
    public async Task SaveAsync_GiveUp_IsRecordedAndFoundForItsEvents()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        var first = new GivenUpRange("crm", 3, 10, 5, "backlog", Now);
        var second = new GivenUpRange("crm", 10, 20, 7, "skipped by hand", Now.AddSeconds(1));
        await SaveAsync("crm", new StateChange.GiveUp(first));
        await SaveAsync("other", new StateChange.GiveUp(first with { Destination = "other" }));
        await SaveAsync("crm", new StateChange.GiveUp(second));

        var all = await State.ReadGivenUpAsync(null, 10, Cancellation);
        var ofCrm = await State.ReadGivenUpAsync("crm", 10, Cancellation);

        Assert.Equal([second, first with { Destination = "other" }, first], all.Select(range => range with { Number = 0 }));
        Assert.Equal(all.Select(range => range.Number).OrderDescending(), all.Select(range => range.Number));
        Assert.Equal([all[0], all[2]], ofCrm);
        Assert.Equal([all[0]], await State.ReadGivenUpAsync("crm", 1, Cancellation));
        Assert.Empty(await State.ReadGivenUpAsync("nobody", 1, Cancellation));
        Assert.Equal(all[2], (await State.FindEventAsync("crm", 9, Cancellation)).GivenUp);
        Assert.Equal(all[0], (await State.FindEventAsync("crm", 10, Cancellation)).GivenUp);
        Assert.Null((await State.FindEventAsync("crm", 20, Cancellation)).GivenUp);
    }

    [Fact]
    public async Task ReadRejectedAsync_Added_ComesNewestFirstBySource()
    {
        await State.AddRejectedAsync([Rejected("app", 1), Rejected("web", 2)], Cancellation);
        await State.AddRejectedAsync([Rejected("app", 3), Rejected("app", 4)], Cancellation);
        await ReopenLogAsync();

        var all = await State.ReadRejectedAsync(null, null, 10, Cancellation);
        var ofApp = await State.ReadRejectedAsync("app", null, 2, Cancellation);
        var rest = await State.ReadRejectedAsync("app", ofApp[^1].Number, 10, Cancellation);

        Assert.Equal(["4", "3", "2", "1"], all.Select(one => Encoding.UTF8.GetString(one.Body.Span)));
        Assert.Equal(all.Select(one => one.Number).OrderDescending(), all.Select(one => one.Number));
        Assert.Equal((Rejected("web", 2) with { Body = default }, "web"), (all[2] with { Body = default, Number = 0 }, all[2].Source));
        Assert.Equal([all[0].Number, all[1].Number], ofApp.Select(one => one.Number));
        Assert.Equal([all[3].Number], rest.Select(one => one.Number));
        Assert.Equal(3, await State.DeleteRejectedAsync("app", Cancellation));
        Assert.Equal("web", Assert.Single(await State.ReadRejectedAsync(null, null, 10, Cancellation)).Source);
        Assert.Equal(1, await State.DeleteRejectedAsync(null, Cancellation));
        Assert.Empty(await State.ReadRejectedAsync(null, null, 10, Cancellation));
    }

    [Fact]
    public async Task AddRejectedAsync_BeyondItsBounds_DropsTheOldestAndTheEndOfLongBodies()
    {
        await State.AddRejectedAsync([Rejected("app", 1) with { Body = new byte[(32 << 10) + 1] }], Cancellation);
        Assert.Equal(32 << 10, Assert.Single(await State.ReadRejectedAsync(null, null, 10, Cancellation)).Body.Length);

        for (var batch = 0; batch < 11; batch++)
        {
            await State.AddRejectedAsync([.. Enumerable.Range(batch * 1000, 1000).Select(i => Rejected(i % 2 == 0 ? "app" : "web", i))], Cancellation);
        }

        var kept = await State.ReadRejectedAsync(null, null, 20_000, Cancellation);
        Assert.Equal(10_000, kept.Count);
        Assert.Equal(("10999", "1000"), (Encoding.UTF8.GetString(kept[0].Body.Span), Encoding.UTF8.GetString(kept[^1].Body.Span)));
        await State.AddRejectedAsync([Rejected("app", 1) with { At = Now.AddDays(7).AddSeconds(1) }], Cancellation);
        Assert.Single(await State.ReadRejectedAsync(null, null, 20_000, Cancellation));
    }

    [Fact]
    public async Task AddRejectedAsync_LargeBodies_KeepsNoMoreThanSixteenMebibytesOfThem()
    {
        for (var batch = 0; batch < 6; batch++)
        {
            await State.AddRejectedAsync(
                [.. Enumerable.Range(batch * 100, 100).Select(i => Rejected("app", i) with { Reason = $"{i}", Body = new byte[32 << 10] })], Cancellation);
        }

        var kept = await State.ReadRejectedAsync(null, null, 1000, Cancellation);

        // Redis counts the reasons too.
        Assert.InRange(kept.Count, 510, 512);
        Assert.Equal(("599", $"{600 - kept.Count}"), (kept[0].Reason, kept[^1].Reason));
        Assert.Equal(kept.Count, await State.DeleteRejectedAsync("app", Cancellation));
        await State.AddRejectedAsync([Rejected("web", 1)], Cancellation);
        await ReopenLogAsync();
        Assert.Equal("web", Assert.Single(await State.ReadRejectedAsync(null, null, 10, Cancellation)).Source);
    }

    private static RejectedIngest Rejected(string source, int number) => new(0, source, Now, "not an object", Encoding.UTF8.GetBytes($"{number}"));

    private static ReplayJob Replay(string id) => new()
    {
        Id = id,
        Destination = "crm",
        OfDeadLetters = false,
        Filter = DeadLetterFilter.All,
        From = 10,
        Before = 100,
        Total = 90,
        CreatedAt = Now,
        Progress = new ReplayProgress(ReplayState.Running, 10, 0),
    };
}
