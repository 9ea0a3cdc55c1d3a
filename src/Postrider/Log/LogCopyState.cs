namespace Postrider.Log;

/// <summary>The part of a copy that is neither events nor progress: parked lanes, dead letters, ranges given up, replays, rejected ingest.</summary>
internal sealed class LogCopyState(
    IEventLog from, IEventLog to, IReadOnlyList<LogCopyMap> maps, IReadOnlyList<CopiedDestination> destinations, TimeProvider time)
{
    private readonly Dictionary<string, CopiedDestination> _live = destinations.ToDictionary(destination => destination.Name, StringComparer.Ordinal);

    // They have left the configuration long ago; only their dead letters and ranges are left.
    private readonly HashSet<string> _forgotten = new(StringComparer.Ordinal);

    public async Task CopyAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in from.Partitions)
        {
            foreach (var destination in destinations)
            {
                await CopyLanesAsync(partition, destination, cancellationToken).ConfigureAwait(false);
            }

            await foreach (var letters in StateReading.ReadLettersAsync(partition.State, cancellationToken).ConfigureAwait(false))
            {
                await CopyLettersAsync(partition, letters, cancellationToken).ConfigureAwait(false);
            }

            foreach (var range in (await partition.State.ReadGivenUpAsync(null, int.MaxValue, cancellationToken).ConfigureAwait(false)).Reverse())
            {
                await CopyRangeAsync(partition, range, cancellationToken).ConfigureAwait(false);
            }

            await foreach (var rejected in StateReading.ReadRejectedAsync(partition.State, cancellationToken).ConfigureAwait(false))
            {
                await to.Partitions[partition.Number % to.Partitions.Count].State.AddRejectedAsync(rejected, cancellationToken).ConfigureAwait(false);
            }
        }

        await CopyReplaysAsync(cancellationToken).ConfigureAwait(false);
        await ForgetAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyLanesAsync(ILogPartition partition, CopiedDestination destination, CancellationToken cancellationToken)
    {
        await foreach (var (due, events) in StateReading.ReadLanesAsync(partition.State, destination.Name, cancellationToken).ConfigureAwait(false))
        {
            foreach (var some in events.Select(parked => Move(partition, parked)).GroupBy(moved => moved.Partition))
            {
                var lanes = some.Select(moved => moved.Event.Lane).Distinct().Select(lane => (StateChange)new StateChange.SetDue(lane, due ?? DateTimeOffset.UnixEpoch));
                destination.Progress[some.Key].Parked += some.Count();
                var save = destination.Save(to.Partitions[some.Key], [.. some.Select(moved => new StateChange.Park(moved.Event)), .. lanes]);
                await to.Partitions[some.Key].State.SaveAsync([save], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private (int Partition, ParkedEvent Event) Move(ILogPartition partition, ParkedEvent parked)
    {
        var place = PlaceOf(partition, parked.Position);

        // A replayed event stands behind what had been read: behind all of it that came to its new partition, its own key's among it.
        // Several may come to stand behind the same one; then their turns tell their order, which grow with what had been read.
        var after = parked.After == parked.Position ? place.Position : maps[partition.Number].FindLast(parked.After, place.Partition);
        return (place.Partition, parked with { Lane = LaneOf(parked.Lane, place), After = after, Position = place.Position });
    }

    private async Task CopyLettersAsync(ILogPartition partition, IReadOnlyList<StoredDeadLetter> letters, CancellationToken cancellationToken)
    {
        foreach (var some in letters.Select(stored => (stored.Destination, stored.Letter, Place: PlaceOf(partition, stored.Letter.Position)))
            .GroupBy(moved => (moved.Destination, moved.Place.Partition)))
        {
            await SaveAsync(
                some.Key.Destination,
                some.Key.Partition,
                [.. some.Select(moved => new StateChange.Bury(moved.Letter with { Position = moved.Place.Position, Lane = LaneOf(moved.Letter.Lane, moved.Place) }))],
                cancellationToken).ConfigureAwait(false);
        }
    }

    // A range is one again wherever its events stand one behind the other. Its count is shared out by their number.
    private async Task CopyRangeAsync(ILogPartition partition, GivenUpRange range, CancellationToken cancellationToken)
    {
        var runs = FindRuns(maps[partition.Number], range);
        var (events, length) = (range.Events, runs.Sum(run => run.Before - run.From));
        for (var i = 0; i < runs.Count; i++)
        {
            var share = i == runs.Count - 1 ? events : (long)((double)range.Events * (runs[i].Before - runs[i].From) / length);
            events -= share;
            var moved = range with { From = runs[i].From, Before = runs[i].Before, Events = share, Number = 0 };
            await SaveAsync(range.Destination, runs[i].Partition, [new StateChange.GiveUp(moved)], cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<(int Partition, long From, long Before)> FindRuns(LogCopyMap map, GivenUpRange range)
    {
        var runs = new List<(int Partition, long From, long Before)>();
        var open = new Dictionary<int, int>();
        for (var position = Math.Max(range.From, map.First); position < Math.Min(range.Before, map.End); position++)
        {
            var place = map.Find(position)!.Value;
            if (open.TryGetValue(place.Partition, out var at) && runs[at].Before == place.Position)
            {
                runs[at] = runs[at] with { Before = place.Position + 1 };
                continue;
            }

            open[place.Partition] = runs.Count;
            runs.Add((place.Partition, place.Position, place.Position + 1));
        }

        // The log has forgotten its events; that they were given up is still told.
        return runs.Count > 0 ? runs : [(0, 1, 1)];
    }

    private async Task CopyReplaysAsync(CancellationToken cancellationToken)
    {
        var jobs = new List<ReplayJob>();
        foreach (var partition in from.Partitions)
        {
            jobs.AddRange((await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false)).Reverse());
        }

        foreach (var parts in jobs.GroupBy(job => job.Id, StringComparer.Ordinal).Select(parts => parts.ToList()))
        {
            if (!_live.ContainsKey(parts[0].Destination) && !_forgotten.Contains(parts[0].Destination))
            {
                continue;
            }

            for (var number = 0; number < to.Partitions.Count; number++)
            {
                await to.Partitions[number].State.AddReplayAsync(End(parts, counts: number == 0), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Its positions are others now, so it cannot go on; what it put into lanes has come along.
    private ReplayJob End(List<ReplayJob> parts, bool counts)
    {
        var ran = parts.Exists(part => part.Progress.State is ReplayState.Running);
        var last = parts.Find(part => part.Progress.State is ReplayState.Failed) ?? parts.Find(part => part.Progress.State is ReplayState.Cancelled) ?? parts[0];
        return parts[0] with
        {
            From = 1,
            Before = 1,
            Total = counts ? parts.Sum(part => part.Total) : 0,
            Progress = new ReplayProgress(
                ran ? ReplayState.Cancelled : last.Progress.State,
                1,
                counts ? parts.Sum(part => part.Progress.Events) : 0,
                ran ? time.GetUtcNow() : parts.Max(part => part.Progress.FinishedAt),
                ran ? "The log was copied while it ran: start it again for the rest." : last.Progress.Reason),
        };
    }

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in to.Partitions)
        {
            foreach (var name in _forgotten)
            {
                var end = partition.EndPosition;
                await partition.State.ForgetAsync(
                    new GivenUpRange(name, end, end, 0, "forgotten before its log was copied", time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SaveAsync(string destination, int partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        var target = to.Partitions[partition];
        if (_live.TryGetValue(destination, out var live))
        {
            await target.State.SaveAsync([live.Save(target, changes)], cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_forgotten.Add(destination))
        {
            foreach (var each in to.Partitions)
            {
                var record = new DestinationRecord
                {
                    Name = destination, StartPosition = each.EndPosition, Progress = Progress.StartingAt(each.EndPosition), LastListed = time.GetUtcNow(),
                };
                await each.State.RegisterAsync([record], [], time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            }
        }

        var save = new DestinationSave(destination) { Progress = Progress.StartingAt(target.EndPosition), Counters = default, Changes = changes };
        await target.State.SaveAsync([save], cancellationToken).ConfigureAwait(false);
    }

    private MovedPlace PlaceOf(ILogPartition partition, long position) => maps[partition.Number].Find(position)
        ?? throw new LogUnusableException($"Partition {partition.Number} refers to position {position}, which it does not hold.");

    private static LaneId LaneOf(LaneId lane, MovedPlace place) => lane.IsKeyed ? lane : LaneId.OfPosition(place.Position);
}
