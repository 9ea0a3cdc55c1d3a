using System.Globalization;
using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>What the console is shown while it is drawn and measured: a server on a bad evening, with something of everything.</summary>
internal sealed class FakeWorld
{
    private const string LogId = "3ardywxrbvoi";

    private static readonly string[] Types = ["Order Completed", "Product Viewed", "identify", "page", "Cart Updated", "Payment Failed", "Signed Up"];
    private static readonly string[] Sources = ["shop", "app", "stripe", "web"];

    public FakeWorld(TimeProvider time, int moreDestinations)
    {
        Began = time.GetUtcNow();
        var now = Began;
        Destinations =
        [
            new FakeDestination("analytics", "webhook", 0, now)
            {
                State = "open", Failed = 0.2, Lag = 12_480, LagGrowth = 61, Behind = now.AddMinutes(-14),
                Waits = at => [new WaitReport("breaker", NextBeat(at, 30), "it fails as a whole: 503 Service Unavailable; one event is tried then")],
            },
            new FakeDestination("audit-lake", "mongodb", 61, now),
            new FakeDestination("billing", "webhook", 22, now)
            {
                Failed = 0.6, Lag = 41, Behind = now.AddMinutes(-52), BlockedLanes = 1,
                Parked =
                [
                    Parked(now, "acct_20441", 12, 52, 9, new EventErrorAnswer("status", 409, "409 Conflict: invoice 88123 is closed"), blocked: true),
                    Parked(now, "acct_19007", 6, 11, 5, new EventErrorAnswer("timeout", null, "no answer within 10 s"), blocked: false),
                    Parked(now, "acct_20993", 3, 2, 3, new EventErrorAnswer("status", 500, "500 Internal Server Error"), blocked: false),
                ],
                Waits = at =>
                [
                    new WaitReport("operator", null, "1 keys wait until their dead letter is replayed or deleted (onGiveUp: block)"),
                    new WaitReport("retry", NextBeat(at, 45), "failed events are tried again then"),
                ],
            },
            new FakeDestination("crm", "webhook", 61, now),
            new FakeDestination("emails", "webhook", 18, now) { Failed = 0.1 },
            new FakeDestination("partner-feed", "webhook", 0, now)
            {
                State = "rejecting", Failed = 0.1, Lag = 3_204, LagGrowth = 9, Behind = now.AddMinutes(-6),
                Waits = at => [new WaitReport("breaker", NextBeat(at, 60), "it rejects everything: 401 Unauthorized; one event is tried then")],
            },
            new FakeDestination("search-index", "webhook", 0, now) { State = "paused", Lag = 8_112, LagGrowth = 40, Behind = now.AddMinutes(-31) },
            .. Enumerable.Range(1, moreDestinations).Select(number => new FakeDestination($"tenant-{number:000}", "webhook", 100, now)),
        ];
        Letters = [.. Enumerable.Range(0, 137).Select(number => Letter(now, number))];
    }

    public DateTimeOffset Began { get; }

    public List<FakeDestination> Destinations { get; }

    public List<DeadLetterReport> Letters { get; }

    public static IReadOnlyList<string> SourceNames => Sources;

    public static string IdOf(long position) => string.Create(CultureInfo.InvariantCulture, $"evt_{LogId}-0-0-{position}");

    public static EventSummary Event(long position, DateTimeOffset at) => new(
        IdOf(position), at, Sources[position % Sources.Length], $"u{position * 7919 % 4000}", Types[position % Types.Length], 180 + (int)(position * 31 % 900));

    public static string Body(EventSummary summary) =>
        $$$$"""
        {"type":"track","event":"{{{{summary.Type}}}}","userId":"{{{{summary.Key}}}}","messageId":"{{{{summary.Id}}}}","timestamp":"{{{{summary.ReceivedAt.UtcDateTime:O}}}}","properties":{"order_id":"50314","total":129.9,"currency":"EUR","coupon":null,"gift":false,"products":[{"sku":"PR-20","name":"Post horn, brass","quantity":1,"price":119.9},{"sku":"PR-31","name":"Saddle soap <b>","quantity":2,"price":5}]},"context":{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"de-DE","page":{"path":"/checkout","title":"Kasse – Übersicht"}}}
        """;

    private static DateTimeOffset NextBeat(DateTimeOffset at, int seconds) => DateTimeOffset.FromUnixTimeSeconds(((at.ToUnixTimeSeconds() / seconds) + 1) * seconds);

    private static ParkedKeyReport Parked(DateTimeOffset now, string key, int events, int minutes, int attempts, EventErrorAnswer error, bool blocked) => new()
    {
        Key = key,
        EventId = IdOf(1_900_000 - minutes),
        Events = events,
        Since = now.AddMinutes(-minutes),
        Due = blocked ? null : now.AddSeconds(minutes * 20),
        Blocked = blocked,
        Attempts = attempts,
        LastError = error,
    };

    private static DeadLetterReport Letter(DateTimeOffset now, int number)
    {
        var destination = (number % 5) switch { 0 => "billing", 1 or 2 => "partner-feed", 3 => "analytics", _ => "emails" };
        var (kind, error, status, message, answer) = destination switch
        {
            "billing" => ("rejected", "status", (int?)409, "409 Conflict: invoice 88123 is closed", """{"error":"invoice_closed","invoice":88123}"""),
            "partner-feed" => ("rejected", "status", 401, "401 Unauthorized", """{"message":"token expired"}"""),
            "analytics" => ("gave-up", "status", 503, "503 Service Unavailable", "<html><h1>503 Service Unavailable</h1></html>"),
            _ => ("rejected", "status", 422, "422 Unprocessable Entity: no address", "no address for this user"),
        };
        var summary = Event(1_700_000 + number, now.AddMinutes(-40 - number));
        return new DeadLetterReport
        {
            EventId = summary.Id,
            Destination = destination,
            Class = kind,
            ErrorClass = error,
            Status = status,
            Message = message,
            Answer = answer,
            FirstAttempt = summary.ReceivedAt,
            LastAttempt = summary.ReceivedAt.AddMinutes(kind == "gave-up" ? 35 : 0),
            Attempts = kind == "gave-up" ? 14 : 1,
            At = summary.ReceivedAt.AddMinutes(36),
            Key = summary.Key,
            Type = summary.Type,
            Blocking = number == 0,
        };
    }
}
