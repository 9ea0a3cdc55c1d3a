using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Writes down who changes what. A change that was made stays made if it cannot be written down; then the server's own log says so.</summary>
internal sealed partial class AuditLog(ServerState state, TimeProvider time, ILogger<AuditLog> logger)
{
    // A name, a filter and a count are far shorter; the bound is for what callers make up.
    private const int MaxText = 1024;

    /// <summary>Makes a change and writes down how it ended.</summary>
    /// <param name="by">Who asks for it.</param>
    /// <param name="action">What it is.</param>
    /// <param name="target">What it is done to.</param>
    /// <param name="change">The change.</param>
    /// <param name="describe">What came of it, for people; null: nothing was changed, so nothing is written.</param>
    public async Task<T> RecordAsync<T>(Operator by, string action, string? target, Func<Task<T>> change, Func<T, string?> describe)
    {
        T result;
        try
        {
            result = await change().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // It may have changed something all the same.
            var reason = exception is OperationRefusedException ? $"refused: {exception.Message}" : $"failed: {exception.GetType().Name}";
            await WriteAsync(by, action, target, reason).ConfigureAwait(false);
            throw;
        }

        if (describe(result) is { } details)
        {
            await WriteAsync(by, action, target, details).ConfigureAwait(false);
        }

        return result;
    }

    public async Task<IReadOnlyList<AuditEntry>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var records = await state.Require().Log.Audit.ReadAsync(limit, cancellationToken).ConfigureAwait(false);
        return [.. records.Select(record => new AuditEntry(record.At, record.By, record.From, record.Action, record.Target, record.Details))];
    }

    private static string Bounded(string text) => text.Length <= MaxText ? text : text[..MaxText] + "…";

    private async Task WriteAsync(Operator by, string action, string? target, string details)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var record = new AuditRecord(at, by.Name, by.From, action, target is null ? null : Bounded(target), Bounded(details));
        try
        {
            // Not the caller's token: what was done is written down, whether or not they still wait.
            await state.Require().Log.Audit.AddAsync(record, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever keeps it from being written, the change is made and its caller must hear of that.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.NotWritten(logger, exception, record.By, record.From, record.Action, record.Target, record.Details);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.AuditNotWritten, LogLevel.Error, "The audit log could not be written; it misses: '{By}' from {From}: {Action} {Target}: {Details}")]
        public static partial void NotWritten(ILogger logger, Exception exception, string by, string? from, string action, string? target, string details);
    }
}
