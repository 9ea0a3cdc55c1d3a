using System.Text;
using Postrider.Journal;

namespace Postrider.Operations;

/// <summary>Answers which attempts were made, as far as they were kept.</summary>
internal sealed class Attempts(ServerState state) : IAttempts
{
    public async Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken)
    {
        if (state.Running is not { Journal: { } journal } running)
        {
            return [];
        }

        if (!search.FailedOnly && running.Figures is { } figures)
        {
            await figures.KeepNewestAsync(search.Destination, cancellationToken).ConfigureAwait(false);
        }

        var query = new AttemptQuery(search.EventId, search.Destination, search.FailedOnly, Math.Max(0, search.Limit));
        return [.. journal.Attempts.Find(query, cancellationToken).Select(Describe)];
    }

    public static AttemptReport Describe(EndedAttempt attempt) => new()
    {
        At = attempt.At,
        Destination = attempt.Destination,
        EventId = attempt.EventId,
        Key = attempt.Key,
        Type = attempt.Type,
        Number = attempt.Number,
        Outcome = attempt.Outcome,
        Status = attempt.Status,
        ErrorClass = attempt.ErrorClass,
        Message = attempt.Message,
        Answer = attempt.Answer.IsEmpty ? null : Encoding.UTF8.GetString(attempt.Answer.Span),
        DurationSeconds = attempt.Duration.TotalSeconds,
        NextAttempt = attempt.NextAttempt,
    };
}
