using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Operations;

/// <summary>What was given up, as a test says; it narrows by destination and class alone and remembers what it was asked.</summary>
internal sealed class FakeDeadLetters : IDeadLetters
{
    public const string GoodCursor = "c1";

    private static readonly DateTimeOffset At = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public List<ListedDeadLetter> Letters { get; } = [];

    public List<SkippedRange> Skipped { get; } = [];

    public List<RejectedIngest> Rejected { get; } = [];

    public string? Next { get; set; }

    public List<(string? Destination, EventSelection Selection, string? Cursor, int Limit)> Lists { get; } = [];

    public List<(string? Destination, EventSelection Selection)> Deletions { get; } = [];

    public List<string?> RejectedDeletions { get; } = [];

    public static ListedDeadLetter Letter(string destination, string letterClass = "rejected") => new(
        "evt_testlog-0-0-7",
        destination,
        new DeadLetter(
            7, new LaneId(1), "müller", "order", letterClass, new AttemptError("status", 400, "answered 400"), "\"no\""u8.ToArray(), At, At.AddSeconds(1), 2, At.AddSeconds(2)));

    public Task<DeadLetterPage> ListAsync(string? destination, EventSelection filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        Check(cursor);
        Lists.Add((destination, filter, cursor, limit));
        return Task.FromResult(new DeadLetterPage([.. Find(destination, filter).Take(limit)], Next));
    }

    public Task<long> CountAsync(string? destination, EventSelection filter, CancellationToken cancellationToken) =>
        Task.FromResult((long)Find(destination, filter).Count());

    public Task<long> DeleteAsync(string? destination, EventSelection filter, CancellationToken cancellationToken)
    {
        Deletions.Add((destination, filter));
        return Task.FromResult((long)Find(destination, filter).Count());
    }

    public Task<IReadOnlyList<SkippedRange>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SkippedRange>>([.. Skipped.Where(range => destination is null || range.Range.Destination == destination).Take(limit)]);

    public Task<RejectedPage> ListRejectedAsync(string? source, string? cursor, int limit, CancellationToken cancellationToken)
    {
        Check(cursor);
        return Task.FromResult(new RejectedPage([.. Rejected.Where(rejected => source is null || rejected.Source == source).Take(limit)], Next));
    }

    public Task<long> CountRejectedAsync(string? source, CancellationToken cancellationToken) =>
        Task.FromResult((long)Rejected.Count(rejected => source is null || rejected.Source == source));

    public Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken)
    {
        RejectedDeletions.Add(source);
        return Task.FromResult((long)Rejected.Count(rejected => source is null || rejected.Source == source));
    }

    private static void Check(string? cursor)
    {
        if (cursor is not (null or GoodCursor))
        {
            throw new FormatException("inner");
        }
    }

    private IEnumerable<ListedDeadLetter> Find(string? destination, EventSelection filter) => Letters.Where(
        letter => (destination is null || letter.Destination == destination) && (filter.Class is null || letter.Letter.Class == filter.Class));
}
