namespace Postrider.Operations;

/// <summary>
/// All that operators can see and do, in process: the console calls it, and the admin API answers from it. Reads need the role
/// <see cref="OperatorRole.Reader"/>, changes <see cref="OperatorRole.Operator"/>; whoever calls it has checked that. Every change is written to the audit log.
/// </summary>
public interface IOperations
{
    /// <summary>How the server is doing; null: it is still starting.</summary>
    Task<ServerStatus?> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>Figures over time, at the resolution that fits the time asked for.</summary>
    HistoryReport GetHistory(HistoryQuery query);

    /// <summary>An event's story; null: no event of this log has the id. Without its body where the reader may not see payloads.</summary>
    Task<EventAnswer?> FindEventAsync(string id, bool withBody, CancellationToken cancellationToken);

    /// <summary>Searches the events that the log still holds, newest first.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken);

    /// <summary>Attempts that were kept, newest first: failures always, successes by sampling and the newest of each destination.</summary>
    Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken);

    /// <summary>Events as they are stored and attempts as they end, from now on, until cancelled. A reader that is too slow misses some, and is told how many.</summary>
    IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, CancellationToken cancellationToken);

    /// <summary>A page of dead letters, newest first.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    Task<DeadLetterList> ListDeadLettersAsync(string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken);

    /// <summary>Deletes all dead letters that match; how many.</summary>
    Task<long> DeleteDeadLettersAsync(Operator by, string? destination, EventFilter filter, CancellationToken cancellationToken);

    /// <summary>All replays, newest first.</summary>
    Task<IReadOnlyList<ReplayAnswer>> ListReplaysAsync(CancellationToken cancellationToken);

    /// <summary>Begins to replay.</summary>
    /// <exception cref="OperationRefusedException">It cannot be carried out; the message says why.</exception>
    Task<ReplayAnswer> StartReplayAsync(Operator by, ReplayStart start, CancellationToken cancellationToken);

    /// <summary>Ends a replay where it stands; null: there is none of this id.</summary>
    Task<ReplayAnswer?> CancelReplayAsync(Operator by, string id, CancellationToken cancellationToken);

    /// <summary>Ranges that were given up, newest first.</summary>
    Task<IReadOnlyList<SkippedRangeReport>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken);

    /// <summary>What the gateway could not use, newest first.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken);

    /// <summary>Deletes what the gateway could not use; how many.</summary>
    Task<long> DeleteRejectedAsync(Operator by, string? source, CancellationToken cancellationToken);

    /// <summary>Pauses a destination; it keeps its backlog. False: there is no such destination.</summary>
    Task<bool> PauseAsync(Operator by, string destination, CancellationToken cancellationToken);

    /// <summary>Ends a pause or a disablement. False: there is no such destination.</summary>
    Task<bool> ResumeAsync(Operator by, string destination, CancellationToken cancellationToken);

    /// <summary>Disables a destination until it is resumed; it keeps its backlog. False: there is no such destination.</summary>
    Task<bool> DisableAsync(Operator by, string destination, CancellationToken cancellationToken);

    /// <summary>Makes one attempt with a test event that is no event of the log. Null: there is no such destination.</summary>
    Task<TestReport?> TestDestinationAsync(Operator by, string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken);

    /// <summary>Gives up the oldest part of a destination's unread backlog. Null: there is no such destination.</summary>
    Task<SkipReport?> SkipAsync(Operator by, string destination, DateTimeOffset? before, CancellationToken cancellationToken);

    /// <summary>The sources as configured, with where their clients send.</summary>
    IReadOnlyList<SourceReport> ListSources();

    /// <summary>Stores one sample event as if the source's client had sent it; it is delivered as any. Null: there is no such source.</summary>
    /// <exception cref="OperationRefusedException">It was not stored; the message says why.</exception>
    Task<SourceTestReport?> TestSourceAsync(Operator by, string source, CancellationToken cancellationToken);

    /// <summary>The configuration in force as text, secrets masked, and what a reload of its file would change.</summary>
    Task<ConfigReport> GetConfigAsync(CancellationToken cancellationToken);

    /// <summary>Reads the configuration again; its mistakes, one a line; empty: it is in force.</summary>
    Task<IReadOnlyList<string>> ReloadConfigAsync(Operator by, CancellationToken cancellationToken);

    /// <summary>Who changed what, newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ListAuditAsync(int limit, CancellationToken cancellationToken);
}
