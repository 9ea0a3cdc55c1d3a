using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>Attempts that never were.</summary>
internal static class FakeAttempts
{
    public static IReadOnlyList<AttemptReport> List(AttemptSearch search, DateTimeOffset now, long end)
    {
        if (search.EventId is { } id)
        {
            return [.. Enumerable.Range(1, 4).Reverse().Select(number => Attempt(id, search.Destination ?? "billing", number, now.AddMinutes(-2 * (5 - number)), number == 4 && !search.FailedOnly))];
        }

        return [.. Enumerable.Range(0, Math.Min(search.Limit, 20)).Select(number => Attempt(
            FakeWorld.IdOf(end - (number * 97) - 1), search.Destination ?? "billing", 1 + (number % 4), now.AddSeconds(-11 * number), !search.FailedOnly && number % 3 != 0))];
    }

    public static TailItem? Tail(TailFilter filter, long position, DateTimeOffset now)
    {
        var summary = FakeWorld.Event(position, now);
        if ((filter.Source is { } source && source != summary.Source) || (filter.Key is { } key && key != summary.Key) || (filter.Type is { } type && type != summary.Type))
        {
            return null;
        }

        if (position % 2 == 0)
        {
            return filter.Kind is not "attempts" && !filter.FailedOnly ? new TailItem(summary) : null;
        }

        var attempt = Attempt(summary.Id, filter.Destination ?? (position % 3 == 0 ? "billing" : "crm"), 1, now, position % 7 != 0) with { Key = summary.Key, Type = summary.Type };
        return filter.Kind is "events" || (filter.FailedOnly && attempt.Outcome == "delivered") ? null : new TailItem(Attempt: attempt);
    }

    private static AttemptReport Attempt(string id, string destination, int number, DateTimeOffset at, bool delivered) => new()
    {
        At = at,
        Destination = destination,
        EventId = id,
        Key = "acct_20441",
        Type = "Order Completed",
        Number = number,
        Outcome = delivered ? "delivered" : "retry",
        Status = delivered ? 200 : 503,
        ErrorClass = delivered ? null : "status",
        Message = delivered ? null : "503 Service Unavailable",
        Answer = delivered ? null : """{"error":"database is restarting","retry":"soon"}""",
        DurationSeconds = delivered ? 0.031 : 1.204,
        NextAttempt = delivered ? null : at.AddMinutes(number * 2),
    };
}
