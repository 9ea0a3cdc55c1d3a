using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>Answers the console from a <see cref="FakeWorld"/>, and does to it what the console asks.</summary>
internal sealed class FakeOperations(TimeProvider time, int moreDestinations = 0) : IOperations
{
    private readonly Lock _lock = new();
    private readonly FakeWorld _world = new(time, moreDestinations);
    private readonly List<AuditEntry> _audit = [];
    private readonly List<ReplayAnswer> _replays = [];
    private int _rejected = 23;
    private int _statusCalls;

    /// <summary>How often the status was asked for.</summary>
    public int StatusCalls => Volatile.Read(ref _statusCalls);

    private DateTimeOffset Now => time.GetUtcNow();

    private long End => 2_000_000 + (long)(61 * (Now - _world.Began).TotalSeconds);

    public Task<ServerStatus?> GetStatusAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _statusCalls);
        lock (_lock)
        {
            var now = Now;
            var unsettled = 410_000_000 + (long)((now - _world.Began).TotalSeconds * 24_000);
            return Task.FromResult<ServerStatus?>(new ServerStatus
            {
                Version = "0.1.0",
                StartedAt = _world.Began.AddDays(-3),
                Ready = true,
                Log = new LogStatus
                {
                    Id = "3ardywxrbvoi", Place = "/var/lib/postrider", State = "ready", Bytes = 1_100_000_000, UnsettledBytes = unsettled, LimitBytes = 4_294_967_296,
                    FreeDiskBytes = 61_000_000_000, Promise = "A success answer means that the event is on the disk, synced.", Partitions = [new PartitionStatus(0, 0, 1_203_001, End)],
                },
                Destinations = [.. _world.Destinations.Select(destination => destination.Report(now, _world.Letters.Count(letter => letter.Destination == destination.Name)))],
                Warnings = [],
            });
        }
    }

    public HistoryReport GetHistory(HistoryQuery query) => FakeHistory.Make(_world, query, Now);

    public Task<EventAnswer?> FindEventAsync(string id, bool withBody, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id.Split('-')[^1], CultureInfo.InvariantCulture, out var position) || id != FakeWorld.IdOf(position))
        {
            return Task.FromResult<EventAnswer?>(null);
        }

        lock (_lock)
        {
            var letters = _world.Letters.Where(letter => letter.EventId == id).ToDictionary(letter => letter.Destination);
            var summary = FakeWorld.Event(position, letters.Values.FirstOrDefault()?.FirstAttempt ?? Now.AddSeconds(-(End - position) / 61.0));
            var body = FakeWorld.Body(summary);
            return Task.FromResult<EventAnswer?>(new EventAnswer
            {
                Id = id, Partition = 0, Generation = 0, Position = position, Held = true, Source = summary.Source, Key = summary.Key, Type = summary.Type,
                ReceivedAt = summary.ReceivedAt, BodyBytes = body.Length, Body = withBody ? JsonDocument.Parse(body).RootElement : null,
                Headers = withBody ? new Dictionary<string, string> { ["user-agent"] = "analytics.js/2.11" } : null,
                Destinations = [.. _world.Destinations.Take(7).Select(destination => Stand(destination, letters.GetValueOrDefault(destination.Name), position))],
            });
        }
    }

    public Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken)
    {
        var before = search.Cursor is { } cursor ? long.Parse(cursor, CultureInfo.InvariantCulture) : End;
        var found = new List<EventSummary>();
        var position = before - 1;
        for (; position > before - 5_000 && position > 0 && found.Count < search.Limit; position--)
        {
            var summary = FakeWorld.Event(position, Now.AddSeconds(-(End - position) / 61.0));
            if ((search.Source is null || search.Source == summary.Source) && (search.Filter.Key is null || search.Filter.Key == summary.Key)
                && (search.Filter.Type is null || search.Filter.Type == summary.Type) && (search.Filter.Until is not { } until || summary.ReceivedAt < until)
                && (search.Filter.Since is not { } since || summary.ReceivedAt >= since))
            {
                found.Add(summary);
            }
        }

        return Task.FromResult(new EventList(found, (position + 1).ToString(CultureInfo.InvariantCulture), before - position - 1, Now.AddSeconds(-(End - position) / 61.0)));
    }

    public Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken) =>
        Task.FromResult(FakeAttempts.List(search, Now, End));

    public async IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(40), time);
        for (var position = End; await pace.WaitForNextTickAsync(cancellationToken); position++)
        {
            if (FakeAttempts.Tail(filter, position, Now) is { } item)
            {
                yield return item;
            }
        }
    }

    public Task<DeadLetterList> ListDeadLettersAsync(string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var matches = Match(destination, filter);
            var skip = cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture);
            return Task.FromResult(new DeadLetterList
            {
                Items = [.. matches.Skip(skip).Take(limit)],
                Next = skip + limit < matches.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null,
                Total = withTotal ? matches.Count : null,
            });
        }
    }

    public Task<long> DeleteDeadLettersAsync(Operator by, string? destination, EventFilter filter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var matches = Match(destination, filter);
            _world.Letters.RemoveAll(matches.Contains);
            return Audited(by, "delete-dead-letters", destination, $"{matches.Count} deleted", (long)matches.Count);
        }
    }

    public Task<IReadOnlyList<ReplayAnswer>> ListReplaysAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<ReplayAnswer>>([.. _replays.Select(Advance)]);
        }
    }

    public Task<ReplayAnswer> StartReplayAsync(Operator by, ReplayStart start, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var matches = start.OfDeadLetters ? Match(start.Destination, start.Filter) : [];
            if (start.OfDeadLetters && matches.Count == 0)
            {
                throw new OperationRefusedException("Nothing matches: there is nothing to replay.");
            }

            _world.Letters.RemoveAll(matches.Contains);
            var replay = new ReplayAnswer
            {
                Id = $"rpl_{_replays.Count:x8}", Destination = start.Destination, Source = start.OfDeadLetters ? "dead-letters" : "log", State = "running",
                Filters = new EventFilter { Key = start.Filter.Key, Type = start.Filter.Type, Class = start.Filter.Class, Id = start.Filter.Id, Since = start.Filter.Since, Until = start.Filter.Until },
                Rate = start.Rate, Events = 0, Total = start.OfDeadLetters ? matches.Count : 12_000, Part = 0, CreatedAt = Now,
            };
            _replays.Insert(0, replay);
            return Audited(by, "replay", start.Destination, $"{replay.Total} events", replay);
        }
    }

    public Task<ReplayAnswer?> CancelReplayAsync(Operator by, string id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var index = _replays.FindIndex(replay => replay.Id == id);
            if (index >= 0)
            {
                _replays[index] = Advance(_replays[index]) with { State = "cancelled", FinishedAt = Now };
            }

            return Audited(by, "cancel-replay", id, "", index >= 0 ? _replays[index] : null);
        }
    }

    public Task<IReadOnlyList<SkippedRangeReport>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SkippedRangeReport>>(destination is null or "analytics"
            ? [new SkippedRangeReport { Id = "skip_1", Destination = "analytics", From = 1_400_001, Before = 1_420_000, Events = 19_999, Reason = "skipped by an operator", At = _world.Began.AddDays(-2) }]
            : []);

    public Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        RejectedEventReport[] items =
            [.. Enumerable.Range(0, _rejected).Select(number => new RejectedEventReport
            {
                Source = FakeWorld.SourceNames[number % 4], At = _world.Began.AddMinutes(-number * 7), Reason = number % 2 == 0 ? "batch[3]: userId and anonymousId are missing" : "batch[0]: event is not a text",
                Body = """{"type":"track","event":"Order Completed","properties":{"total":12.5}""",
            }).Where(item => source is null || item.Source == source)];
        return Task.FromResult(new RejectedEventList([.. items.Take(limit)], items.Length > limit ? "1" : null, withTotal ? items.Length : null));
    }

    public Task<long> DeleteRejectedAsync(Operator by, string? source, CancellationToken cancellationToken)
    {
        var count = _rejected;
        _rejected = 0;
        return Audited(by, "delete-rejected", source, $"{count} deleted", (long)count);
    }

    public Task<bool> PauseAsync(Operator by, string destination, CancellationToken cancellationToken) => SetAsync(by, "pause", destination, "paused");

    public Task<bool> ResumeAsync(Operator by, string destination, CancellationToken cancellationToken) => SetAsync(by, "resume", destination, "running");

    public Task<bool> DisableAsync(Operator by, string destination, CancellationToken cancellationToken) => SetAsync(by, "disable", destination, "disabled");

    public Task<TestReport?> TestDestinationAsync(Operator by, string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken) =>
        Audited(by, "test", destination, "delivered", (TestReport?)(destination == "analytics"
            ? new TestReport { EventId = "test_1", Outcome = "retry", Status = 503, ErrorClass = "status", Reason = "503 Service Unavailable", Answer = "come back later", Milliseconds = 41.5 }
            : new TestReport { EventId = "test_1", Outcome = "delivered", Status = 200, Milliseconds = 12.5 }));

    public Task<SkipReport?> SkipAsync(Operator by, string destination, DateTimeOffset? before, CancellationToken cancellationToken) =>
        Audited(by, "skip", destination, "12,480 events", (SkipReport?)new SkipReport(19_000, 12_480));

    public IReadOnlyList<SourceReport> ListSources() => FakeSettings.Sources([.. _world.Destinations.Select(destination => destination.Name)]);

    public Task<SourceTestReport?> TestSourceAsync(Operator by, string source, CancellationToken cancellationToken) =>
        Audited(by, "test-source", source, "stored", (SourceTestReport?)new SourceTestReport(FakeWorld.IdOf(End)));

    public Task<ConfigReport> GetConfigAsync(CancellationToken cancellationToken) => Task.FromResult(FakeSettings.Config(_world.Began));

    public Task<IReadOnlyList<string>> ReloadConfigAsync(Operator by, CancellationToken cancellationToken) =>
        Audited<IReadOnlyList<string>>(by, "reload", null, "in force", []);

    public Task<IReadOnlyList<AuditEntry>> ListAuditAsync(int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<AuditEntry>>(
            [
                .. _audit.AsEnumerable().Reverse(),
                new AuditEntry(_world.Began.AddMinutes(-31), "mara@example.com", "10.2.0.7", "pause", "search-index", "paused"),
                new AuditEntry(_world.Began.AddDays(-2), "token", "127.0.0.1", "skip", "analytics", "19,999 events"),
            ]);
        }
    }

    private static EventDestinationAnswer Stand(FakeDestination destination, DeadLetterReport? letter, long position) => letter is not null
        ? new EventDestinationAnswer
        {
            Name = destination.Name, State = "dead-letter", Reason = letter.Class == "rejected" ? "the receiver rejected it" : "given up", Attempts = letter.Attempts,
            LastError = new EventErrorAnswer(letter.ErrorClass, letter.Status, letter.Message), Answer = letter.Answer,
        }
        : (destination.Name, position) switch
        {
            ("analytics" or "partner-feed" or "search-index", > 1_990_000) => new EventDestinationAnswer { Name = destination.Name, State = "pending", Reason = "not read yet" },
            ("billing", < 1_900_000 and > 1_899_900) => new EventDestinationAnswer
            {
                Name = destination.Name, State = "parked", Reason = "failed, and is tried again", Attempts = 5, NextAttempt = TimeProvider.System.GetUtcNow().AddMinutes(2),
                LastError = new EventErrorAnswer("timeout", null, "no answer within 10 s"),
            },
            ("emails", _) => new EventDestinationAnswer { Name = destination.Name, State = "not-routed", Reason = "no connection leads from its source to here" },
            _ => new EventDestinationAnswer { Name = destination.Name, State = "delivered" },
        };

    private static ReplayAnswer AdvanceTo(ReplayAnswer replay, double part, DateTimeOffset now) => part >= 1
        ? replay with { State = "done", Part = 1, Events = replay.Total, FinishedAt = now }
        : replay with { Part = part, Events = (long)(replay.Total * part) };

    private ReplayAnswer Advance(ReplayAnswer replay) =>
        replay.State == "running" ? AdvanceTo(replay, (Now - replay.CreatedAt).TotalSeconds / 30, Now) : replay;

    private List<DeadLetterReport> Match(string? destination, EventFilter filter) =>
    [
        .. _world.Letters.Where(letter => (destination is null || letter.Destination == destination) && (filter.Key is null || letter.Key == filter.Key)
            && (filter.Type is null || letter.Type == filter.Type) && (filter.Class is null || letter.Class == filter.Class) && (filter.Id is null || letter.EventId == filter.Id)
            && (filter.Since is not { } since || letter.At >= since) && (filter.Until is not { } until || letter.At < until)),
    ];

    private Task<bool> SetAsync(Operator by, string action, string destination, string state)
    {
        lock (_lock)
        {
            var found = _world.Destinations.Find(known => known.Name == destination);
            if (found is not null)
            {
                found.State = state;
            }

            return Audited(by, action, destination, state, found is not null);
        }
    }

    private Task<T> Audited<T>(Operator by, string action, string? target, string details, T result)
    {
        _audit.Add(new AuditEntry(Now, by.Name, "127.0.0.1", action, target, details));
        return Task.FromResult(result);
    }
}
