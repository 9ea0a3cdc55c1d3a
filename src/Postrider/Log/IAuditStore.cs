namespace Postrider.Log;

/// <summary>Who changed what, beside the log and of the log as a whole: durable as its events are, and bounded.</summary>
internal interface IAuditStore
{
    /// <summary>Most entries that are kept; the oldest go first.</summary>
    public const int Kept = 10_000;

    /// <summary>How long an entry is kept at most.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    /// <summary>Keeps an entry. Returns when it is on stable storage, as far as the log promises that of events.</summary>
    /// <exception cref="LogUnavailableException">Whether it was kept is unknown.</exception>
    Task AddAsync(AuditRecord record, CancellationToken cancellationToken);

    /// <summary>The newest entries, newest first.</summary>
    /// <exception cref="LogUnavailableException">The storage cannot be asked now.</exception>
    Task<IReadOnlyList<AuditRecord>> ReadAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>Someone changed something.</summary>
/// <param name="At">When, to the millisecond.</param>
/// <param name="By">Who.</param>
/// <param name="From">From which address; null: unknown, or none.</param>
/// <param name="Action">What they did.</param>
/// <param name="Target">To which destination, source or replay; null: to none.</param>
/// <param name="Details">For people.</param>
internal sealed record AuditRecord(DateTimeOffset At, string By, string? From, string Action, string? Target, string Details);
