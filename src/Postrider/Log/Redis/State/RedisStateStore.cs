using System.Globalization;
using System.Security.Cryptography;
using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Progress, parked lanes and dead letters of one partition in Redis: every change is one script, every read one short script or several.</summary>
/// <remarks>
/// A save whose outcome is unknown may be told again as it was: it carries its writer's name and a sequence, and the script lets each through once,
/// and none that a later one of the same writer has overtaken on another connection.
/// </remarks>
internal sealed class RedisStateStore : IStateStore
{
    private const int PositionsAtOnce = 1000;
    private const int RejectedKept = 10_000;

    // Bodies are up to 32 KiB each: ten thousand of them would be 320 MB of a server's memory in each partition.
    private const int RejectedKeptBytes = 16 << 20;
    private const int RejectedPageBytes = 1 << 20;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private readonly StateCalls _calls;
    private readonly StatePages _pages;
    private readonly TimeProvider _time;
    private readonly string _writer = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private IReadOnlyList<DestinationSave>? _unanswered;
    private long _sequence;

    /// <summary>Makes the store of one partition in one generation, under the lease of that token; see <see cref="StateCalls"/>.</summary>
    public RedisStateStore(IDatabase database, PartitionKeys keys, long generation, int partition, TimeProvider time, string? token = null)
    {
        _calls = new StateCalls(database, keys, generation, partition, token);
        _pages = new StatePages(_calls);
        _time = time;
    }

    /// <summary>Finds an event of the partition, for what dead letters of a forgotten destination say of it.</summary>
    public required Func<long, CancellationToken, ValueTask<Event?>> FindEvent { get; init; }

    public async Task<IReadOnlyList<DestinationRecord>> LoadDestinationsAsync(CancellationToken cancellationToken) =>
        DestinationCodec.ReadAll(await ReadDestinationsAsync(cancellationToken).ConfigureAwait(false));

    public async Task RegisterAsync(IReadOnlyList<DestinationRecord> added, IReadOnlyList<string> listed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var steps = NewSteps();
        foreach (var record in added)
        {
            steps.Add("within", record.Name, record.Progress.Cursor, record.Progress.ReadPosition);
        }

        foreach (var record in added)
        {
            steps.Register(record);
        }

        foreach (var name in listed)
        {
            steps.Add("listed", name, StateTime.Of(now));
        }

        await WriteAsync(steps, cancellationToken).ConfigureAwait(false);
    }

    public Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken) =>
        new DestinationLetting(_calls, FindEvent, _time.GetUtcNow()).ForgetAsync(unread, cancellationToken);

    public async Task SaveAsync(IReadOnlyList<DestinationSave> saves, CancellationToken cancellationToken)
    {
        if (saves.Count == 0)
        {
            return;
        }

        if (_unanswered is null || !_unanswered.SequenceEqual(saves))
        {
            _sequence++;
            _unanswered = saves;
        }

        await WriteAsync(ToSteps(saves, _sequence), cancellationToken).ConfigureAwait(false);
        _unanswered = null;
    }

    public async Task<IReadOnlyList<ParkedLaneCount>> CountLanesAsync(string destination, CancellationToken cancellationToken)
    {
        var lanes = new Dictionary<LaneId, ParkedLaneCount>();
        var prefix = ParkedCodec.Prefix(destination);
        await foreach (var member in _pages.ReadAsync(StateKeys.Parked, prefix, ParkedCodec.PlaceLength, int.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            var parked = ParkedCodec.Read(destination, member);
            lanes[parked.Lane] = lanes.TryGetValue(parked.Lane, out var lane)
                ? new ParkedLaneCount(parked.Lane, lane.Events + 1, parked.ParkedAt < lane.Since ? parked.ParkedAt : lane.Since, Math.Max(lane.LastTurn, parked.Turn))
                : new ParkedLaneCount(parked.Lane, 1, parked.ParkedAt, parked.Turn);
        }

        return [.. lanes.Values];
    }

    public async Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken)
    {
        var prefix = ParkedCodec.Prefix(destination);
        return await _pages.ReadAsync(StateKeys.Due, prefix, ParkedCodec.DueLength, limit, cancellationToken)
            .Select(member => ParkedCodec.ReadDue(destination, member)).ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(
        string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken)
    {
        // One command, so that a save lies before it or behind it.
        byte[] prefix = [.. ParkedCodec.Prefix(destination), .. ParkedCodec.Lane(lane)];
        var from = after == ParkedPlace.Start
            ? StateRanges.From(prefix)
            : StateRanges.Behind([.. ParkedCodec.Prefix(destination), .. ParkedCodec.Place(lane, after)]);
        var members = await _calls.ReadAsync(
            "ZRANGEBYLEX", StateKeys.Parked, [from, StateRanges.Behind(prefix), "LIMIT", 0, limit], cancellationToken).ConfigureAwait(false);
        return [.. ((RedisResult[])members!).Select(member => ParkedCodec.Read(destination, (byte[])member!))];
    }

    public async Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken)
    {
        var prefix = ParkedCodec.Prefix(destination);
        var members = (RedisResult[])(await _calls.ReadAsync(
            "ZRANGEBYLEX", StateKeys.ParkedAt, [StateRanges.From(prefix), StateRanges.Behind(prefix), "LIMIT", 0, 1], cancellationToken).ConfigureAwait(false))!;
        return members.Length == 0 ? null : new StateReader(((byte[])members[0]!).AsSpan(prefix.Length)).Number();
    }

    public async Task<IReadOnlySet<long>> FindParkedAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken)
    {
        var found = new HashSet<long>();
        foreach (var page in positions.Chunk(PositionsAtOnce))
        {
            RedisValue[] arguments = [_calls.Generation, destination, .. page.Select(position => (RedisValue)StateSteps.Bytes(position))];
            var answer = await _calls.CallAsync(StateScripts.Parked, arguments, cancellationToken).ConfigureAwait(false);
            found.UnionWith(answer.Skip(1).Select(position => new StateReader((byte[])position!).Number()));
        }

        return found;
    }

    public Task<IReadOnlyList<StoredDeadLetter>> ReadDeadLettersAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        new LetterScan(_calls).ReadAsync(query, cancellationToken);

    public async Task<long> CountDeadLettersAsync(string? destination, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        if (filter != DeadLetterFilter.All)
        {
            return await new LetterScan(_calls).CountAsync(destination, filter, cancellationToken).ConfigureAwait(false);
        }

        return destination is null
            ? DestinationCodec.CountLetters(await ReadDestinationsAsync(cancellationToken).ConfigureAwait(false))
            : (long?)await _calls.ReadAsync("HGET", StateKeys.Destinations, [DestinationCodec.Field(destination, 'd')], cancellationToken).ConfigureAwait(false) ?? 0;
    }

    public Task DeleteDeadLettersAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken)
    {
        var steps = _calls.OwnerSteps().Add("known", destination).On(destination);
        foreach (var position in positions)
        {
            steps.Add("passover", StateSteps.Bytes(position), position).Add("delete", StateSteps.Bytes(position), position);
        }

        return WriteAsync(steps, cancellationToken);
    }

    public async Task<IReadOnlyList<GivenUpRange>> ReadGivenUpAsync(string? destination, int limit, CancellationToken cancellationToken)
    {
        var names = destination is not null ? [destination] : DestinationCodec.ReadNames(await ReadDestinationsAsync(cancellationToken).ConfigureAwait(false));
        var found = new List<GivenUpRange>();
        foreach (var name in names)
        {
            found.AddRange(await ReadGivenUpOfAsync(name, cancellationToken).Take(limit).ToListAsync(cancellationToken).ConfigureAwait(false));
        }

        return [.. found.OrderByDescending(range => range.Number).Take(limit)];
    }

    public async Task AddReplayAsync(ReplayJob replay, CancellationToken cancellationToken)
    {
        await WriteAsync(
            NewSteps().Add("known", replay.Destination)
                .Add("addreplay", replay.Id, ReplayCodec.Write(replay), ReplayCodec.Write(replay.Progress), replay.Progress.Next),
            cancellationToken).ConfigureAwait(false);

        // What has ended never runs again, so it may be looked for in one step and dropped in another.
        var all = await LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
        var drop = NewSteps();
        for (var i = 0; i < all.Count; i++)
        {
            var known = all[i];
            if (known.Progress.State is not ReplayState.Running && (i >= ReplayJob.KeptCount || known.Progress.FinishedAt < replay.CreatedAt - KeptFor))
            {
                drop.Add("dropreplay", known.Id, i >= ReplayJob.KeptCount ? 0 : 1);
            }
        }

        await WriteAsync(drop, cancellationToken).ConfigureAwait(false);
    }

    public Task EndReplayAsync(string replay, ReplayProgress progress, CancellationToken cancellationToken) =>
        WriteAsync(_calls.OwnerSteps().Replayed(replay, "", progress), cancellationToken);

    public async Task<IReadOnlyList<ReplayJob>> LoadReplaysAsync(CancellationToken cancellationToken) =>
        ReplayCodec.ReadAll((RedisResult[])(await _calls.ReadAsync("HGETALL", StateKeys.Replays, [], cancellationToken).ConfigureAwait(false))!);

    public async Task AddRejectedAsync(IReadOnlyList<RejectedIngest> rejected, CancellationToken cancellationToken)
    {
        if (rejected.Count == 0)
        {
            return;
        }

        var steps = NewSteps();
        foreach (var one in rejected)
        {
            steps.Add("reject", RejectedCodec.Entry(one), RejectedCodec.Body(one));
        }

        var since = rejected.Max(one => one.At) - KeptFor;
        while ((await WriteAsync(steps.Add("prunerejected", RejectedKept, RejectedKeptBytes, StateTime.Of(since)), cancellationToken).ConfigureAwait(false))
            is [_, var more, ..] && (long)more == 1)
        {
            steps = NewSteps();
        }
    }

    public async Task<IReadOnlyList<RejectedIngest>> ReadRejectedAsync(string? source, long? before, int limit, CancellationToken cancellationToken)
    {
        var found = new List<RejectedIngest>();
        for (var at = before?.ToString(CultureInfo.InvariantCulture) ?? "+inf"; at is not null && found.Count < limit;)
        {
            var answer = await _calls.CallAsync(
                StateScripts.Rejected, [_calls.Generation, at, source ?? "", limit - found.Count, RejectedPageBytes], cancellationToken).ConfigureAwait(false);
            found.AddRange(answer.Skip(2).Chunk(2).Select(pair => RejectedCodec.Read((byte[])pair[0]!, (byte[])pair[1]!)));
            at = (byte[]?)answer[1] is { } next ? StateSteps.Text(next) : null;
        }

        return found;
    }

    public async Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken)
    {
        long deleted = 0;
        for (var at = "-inf"; at is not null;)
        {
            var answer = await WriteAsync(NewSteps().Add("dropsource", at, source ?? ""), cancellationToken).ConfigureAwait(false);
            deleted += (long)answer[1];
            at = (byte[]?)answer[2] is { } next ? StateSteps.Text(next) : null;
        }

        return deleted;
    }

    public async Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken)
    {
        var at = StateSteps.Bytes(position);
        var answer = await _calls.CallAsync(StateScripts.Event, [_calls.Generation, destination, at], cancellationToken).ConfigureAwait(false);
        var prefix = ParkedCodec.Prefix(destination);
        var givenUp = await ReadGivenUpOfAsync(destination, cancellationToken)
            .FirstOrDefaultAsync(range => range.From <= position && range.Before > position, cancellationToken).ConfigureAwait(false);
        return new EventRecord(
            (byte[]?)answer[1] is { } parked ? ParkedCodec.Read(destination, parked) : null,
            (byte[]?)answer[2] is { } due ? new StateReader(due).Time() : null,
            (byte[]?)answer[3] is { } letter ? LetterCodec.Read([.. prefix, .. at], letter).Letter : null,
            !answer[4].IsNull,
            givenUp,
            (byte[]?)answer[5] is { } routes ? new StateReader(routes.AsSpan(prefix.Length + at.Length)).RestText() : null);
    }

    private StateSteps NewSteps() => new(_calls.Generation);

    private StateSteps ToSteps(IReadOnlyList<DestinationSave> saves, long sequence)
    {
        var steps = _calls.OwnerSteps().Add("once", _writer, sequence);
        foreach (var save in saves)
        {
            steps.Add("live", save.Destination, save.Progress.ReadPosition);
        }

        steps.Add("mark", _writer, sequence);
        var now = _time.GetUtcNow();
        foreach (var save in saves)
        {
            steps.On(save.Destination).Progress(save);
            foreach (var change in save.Changes)
            {
                steps.Apply(save.Destination, change, now);
            }
        }

        return steps;
    }

    private Task<RedisResult[]> WriteAsync(StateSteps steps, CancellationToken cancellationToken) =>
        _calls.CallAsync(StateScripts.Write, steps.ToArguments(), cancellationToken);

    private async Task<RedisResult[]> ReadDestinationsAsync(CancellationToken cancellationToken) =>
        (RedisResult[])(await _calls.ReadAsync("HGETALL", StateKeys.Destinations, [], cancellationToken).ConfigureAwait(false))!;

    // Newest first.
    private IAsyncEnumerable<GivenUpRange> ReadGivenUpOfAsync(string destination, CancellationToken cancellationToken) =>
        _pages.ReadBackwardsAsync(StateKeys.GivenUp, ParkedCodec.Prefix(destination), cancellationToken).Select(member => GivenUpCodec.Read(destination, member));
}
