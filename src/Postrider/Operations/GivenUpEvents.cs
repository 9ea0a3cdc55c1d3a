using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Delivery;
using Postrider.Diagnostics;

namespace Postrider.Operations;

/// <summary>What did not arrive: dead letters, ranges that were skipped, and what the gateway could not use.</summary>
internal sealed partial class GivenUpEvents(ServerState state, AuditLog audit, ILogger<GivenUpEvents> logger)
{
    private IDeadLetters Letters => state.Require().Delivery.DeadLetters;

    /// <exception cref="FormatException">The cursor is none.</exception>
    public async Task<DeadLetterList> ListAsync(
        string? destination, EventFilter filter, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        var selection = filter.ToSelection();
        var page = await Letters.ListAsync(destination, selection, cursor, limit, cancellationToken).ConfigureAwait(false);
        return new DeadLetterList
        {
            Items = [.. page.Letters.Select(LetterReports.Describe)],
            Next = page.Next,
            Total = withTotal ? await Letters.CountAsync(destination, selection, cancellationToken).ConfigureAwait(false) : null,
        };
    }

    public Task<long> CountAsync(string? destination, EventFilter filter, CancellationToken cancellationToken) =>
        Letters.CountAsync(destination, filter.ToSelection(), cancellationToken);

    public async Task<long> DeleteAsync(Operator by, string? destination, EventFilter filter, CancellationToken cancellationToken)
    {
        var deleted = await audit.RecordAsync(
            by,
            "delete-dead-letters",
            destination,
            () => Letters.DeleteAsync(destination, filter.ToSelection(), cancellationToken),
            count => string.Create(CultureInfo.InvariantCulture, $"{count} deleted; {filter.Spell()}")).ConfigureAwait(false);
        Log.Deleted(logger, deleted, destination ?? "all destinations");
        return deleted;
    }

    public async Task<IReadOnlyList<SkippedRangeReport>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken) =>
        [.. (await Letters.ListSkippedAsync(destination, limit, cancellationToken).ConfigureAwait(false)).Select(LetterReports.Describe)];

    /// <exception cref="FormatException">The cursor is none.</exception>
    public async Task<RejectedEventList> ListRejectedAsync(string? source, string? cursor, int limit, bool withTotal, CancellationToken cancellationToken)
    {
        var page = await Letters.ListRejectedAsync(source, cursor, limit, cancellationToken).ConfigureAwait(false);
        long? total = withTotal ? await Letters.CountRejectedAsync(source, cancellationToken).ConfigureAwait(false) : null;
        return new RejectedEventList([.. page.Rejected.Select(LetterReports.Describe)], page.Next, total);
    }

    public async Task<long> DeleteRejectedAsync(Operator by, string? source, CancellationToken cancellationToken)
    {
        var deleted = await audit.RecordAsync(
            by,
            "delete-rejected",
            source,
            () => Letters.DeleteRejectedAsync(source, cancellationToken),
            count => string.Create(CultureInfo.InvariantCulture, $"{count} deleted")).ConfigureAwait(false);
        Log.RejectedDeleted(logger, deleted, source ?? "all sources");
        return deleted;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DeadLettersDeleted, LogLevel.Information, "{Count} dead letters of {Destination} deleted through the admin API")]
        public static partial void Deleted(ILogger logger, long count, string destination);

        [LoggerMessage(LogEvents.RejectedEventsDeleted, LogLevel.Information, "{Count} rejected events of {Source} deleted through the admin API")]
        public static partial void RejectedDeleted(ILogger logger, long count, string source);
    }
}
