namespace Postrider.Operations;

/// <summary>All that operators can see and do: who does what stands in the parts.</summary>
internal sealed class OperationsFacade(
    ServerState state,
    StatusReport status,
    IHistory history,
    IAttempts attempts,
    IEventSearches searches,
    ILiveTail tail,
    GivenUpEvents givenUp,
    ReplayControls replays,
    DestinationControls destinations,
    SourceControls sources,
    ConfigControls configuration,
    AuditLog audit) : IOperations
{
    public Task<ServerStatus?> GetStatusAsync(CancellationToken cancellationToken) => status.GetAsync(cancellationToken);

    public HistoryReport GetHistory(HistoryQuery query) => history.GetHistory(query);

    public async Task<EventAnswer?> FindEventAsync(string id, bool withBody, CancellationToken cancellationToken) =>
        await state.Require().Delivery.FindEventAsync(id, cancellationToken).ConfigureAwait(false) is { } story ? EventReport.Describe(story, withBody) : null;

    public Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken) => searches.SearchEventsAsync(search, cancellationToken);

    public Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken) =>
        attempts.ListAttemptsAsync(search, cancellationToken);

    public IAsyncEnumerable<TailItem> TailAsync(TailFilter filter, CancellationToken cancellationToken) => tail.TailAsync(filter, cancellationToken);

    public Task<DeadLetterList> ListDeadLettersAsync(
        string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken) =>
        givenUp.ListAsync(destination, filter, cursor, limit, withTotal, cancellationToken);

    public Task<long> DeleteDeadLettersAsync(Operator by, string? destination, EventFilter filter, CancellationToken cancellationToken) =>
        givenUp.DeleteAsync(by, destination, filter, cancellationToken);

    public Task<IReadOnlyList<ReplayAnswer>> ListReplaysAsync(CancellationToken cancellationToken) => replays.ListAsync(cancellationToken);

    public async Task<ReplayAnswer> StartReplayAsync(Operator by, ReplayStart start, CancellationToken cancellationToken) =>
        await replays.StartAsync(by, start, cancellationToken).ConfigureAwait(false)
        ?? throw new OperationRefusedException($"There is no destination '{start.Destination}'.");

    public Task<ReplayAnswer?> CancelReplayAsync(Operator by, string id, CancellationToken cancellationToken) => replays.CancelAsync(by, id, cancellationToken);

    public Task<IReadOnlyList<SkippedRangeReport>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken) =>
        givenUp.ListSkippedAsync(destination, limit, cancellationToken);

    public Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken) =>
        givenUp.ListRejectedAsync(source, cursor, limit, withTotal, cancellationToken);

    public Task<long> DeleteRejectedAsync(Operator by, string? source, CancellationToken cancellationToken) => givenUp.DeleteRejectedAsync(by, source, cancellationToken);

    public Task<bool> PauseAsync(Operator by, string destination, CancellationToken cancellationToken) => destinations.PauseAsync(by, destination, cancellationToken);

    public Task<bool> ResumeAsync(Operator by, string destination, CancellationToken cancellationToken) => destinations.ResumeAsync(by, destination, cancellationToken);

    public Task<bool> DisableAsync(Operator by, string destination, CancellationToken cancellationToken) =>
        destinations.DisableAsync(by, destination, null, cancellationToken);

    public Task<TestReport?> TestDestinationAsync(Operator by, string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken) =>
        destinations.TestAsync(by, destination, body, cancellationToken);

    public Task<SkipReport?> SkipAsync(Operator by, string destination, DateTimeOffset? before, CancellationToken cancellationToken) =>
        destinations.SkipAsync(by, destination, before, cancellationToken);

    public IReadOnlyList<SourceReport> ListSources() => sources.List();

    public Task<SourceTestReport?> TestSourceAsync(Operator by, string source, CancellationToken cancellationToken) => sources.TestAsync(by, source, cancellationToken);

    public Task<ConfigReport> GetConfigAsync(CancellationToken cancellationToken) => configuration.GetAsync(cancellationToken);

    public Task<IReadOnlyList<string>> ReloadConfigAsync(Operator by, CancellationToken cancellationToken) => configuration.ReloadAsync(by, cancellationToken);

    public Task<IReadOnlyList<AuditEntry>> ListAuditAsync(int limit, CancellationToken cancellationToken) => audit.ListAsync(limit, cancellationToken);
}
