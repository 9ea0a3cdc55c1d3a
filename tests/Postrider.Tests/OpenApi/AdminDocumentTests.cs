using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Operations.Access;
using Postrider.Tests.Operations;

namespace Postrider.Tests.OpenApi;

/// <summary>The admin API's document beside a running admin listener.</summary>
public sealed class AdminDocumentTests
{
    // The host adds it beside the API; here it is a stand-in.
    private const string Metrics = "GET /metrics";

    // For browsers: pages and forms, no calls.
    private static readonly string[] Pages = ["/login", "/logout"];

    private static readonly ApiDocument Document = ApiDocument.Admin;

    // A server in a state and a request with something wrong; each is sent to every operation.
    private static readonly (string Name, Action<AdminServer> Prepare, Action<HttpRequestMessage> Change)[] Situations =
    [
        ("as the examples", server => server.Source.Now = () => server.Config.Current with { Sources = new Dictionary<string, SourceConfig>() }, _ => { }),
        ("while it starts", _ => { }, _ => { }),
        ("without the token", server => server.Config.Current = server.Config.Current with { Admin = server.Config.Current.Admin with { Token = "t" } }, _ => { }),
        ("after many wrong tokens", server =>
        {
            server.Config.Current = server.Config.Current with { Admin = server.Config.Current.Admin with { Token = "t" } };
            var throttle = server.Services.GetRequiredService<LoginThrottle>();
            Enumerable.Range(0, LoginThrottle.Burst).ToList().ForEach(_ => throttle.Fail(IPAddress.Loopback));
        }, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "guess")),
        ("from another origin", _ => { }, request => request.Headers.Add("Origin", "https://b.example")),
        ("for what is not there", server => server.Delivery.Jobs.Unknown.Add("nope"), request =>
        {
            Replace(request, "crm", "nope");
            Replace(request, "evt_testlog-0-0-7", "evt_testlog-0-0-8");
            Replace(request, "rpl_1", "rpl_2");
            Replace(request, "sources/web", "sources/nope");
        }),
        ("with a mistake", server => server.Reload.Errors.Add("postrider.yaml:1:1: wrong"), request =>
        {
            Replace(request, "?", "?nonsense=1&");
            SetContent(request, "{");
        }),
        ("with a large body", _ => { }, request => SetContent(request, new string(' ', 1024 * 1024 + 1))),
        ("that is refused", server =>
        {
            server.Delivery.Jobs.Refusing.Add("crm");
            server.Door.Refusal = "The gateway answered 404: source is disabled";
        }, _ => { }),
        ("and fails", server => server.Delivery.Failure = new InvalidOperationException("a bug"), _ => { }),
    ];

    [Fact]
    public async Task Document_ItsOperations_AreTheServersEndpoints()
    {
        await using var server = await AdminServer.StartAsync();

        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
            .Where(endpoint => !Pages.Contains(endpoint.RoutePattern.RawText))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Append(Metrics).ToList();

        // A HEAD is its GET without the body; the document says so once.
        Assert.Equal(
            endpoints.Where(endpoint => !endpoint.StartsWith("HEAD ", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            Document.Operations.Select(operation => operation.ToString()).Order(StringComparer.Ordinal));
        Assert.Empty(endpoints.Where(endpoint => endpoint.StartsWith("HEAD ", StringComparison.Ordinal)).Select(head => head.Replace("HEAD", "GET", StringComparison.Ordinal)).Except(endpoints));
    }

    [Fact]
    public async Task Document_FromTheServer_IsTheCommittedFileBehindTheAccessRules()
    {
        await using var server = await AdminServer.StartAsync();

        Assert.Equal(ApiDocument.Text("admin"), await server.Client.GetStringAsync("/openapi.json", TestContext.Current.CancellationToken));
        server.Config.Current = server.Config.Current with { Admin = server.Config.Current.Admin with { Token = "t" } };
        Assert.Equal(401, (await server.GetAsync("/openapi.json")).Status);
    }

    [Fact]
    public async Task Answers_ToEveryOperationInEverySituation_AreDeclaredAndAllThatIsDeclaredComes()
    {
        var mistakes = new List<string>();
        var seen = new HashSet<string>();
        foreach (var (name, prepare, change) in Situations)
        {
            await using var server = await StartAsync(started: name != "while it starts");
            prepare(server);
            foreach (var operation in Document.Operations.Where(operation => operation.ToString() != Metrics))
            {
                foreach (var (mediaType, body, _) in ApiDocument.Bodies(operation))
                {
                    using var request = ApiDocument.Request(operation, mediaType, body);
                    change(request);
                    using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
                    seen.Add(string.Create(CultureInfo.InvariantCulture, $"{operation} {(int)answer.StatusCode}"));
                    mistakes.AddRange((await Document.CheckAsync(operation, answer)).Select(mistake => $"{name}: {mistake}"));
                    if (name == "as the examples" && !answer.IsSuccessStatusCode)
                    {
                        mistakes.Add($"{operation} refuses its own example");
                    }
                }
            }
        }

        // Most calls have no way to fail over these fakes.
        var declared = Document.Operations.Where(operation => operation.ToString() != Metrics).SelectMany(operation => operation.Node["responses"]!.AsObject()
            .Where(answer => answer.Key != "500").Select(answer => $"{operation} {answer.Key}"));
        Assert.Empty(mistakes);
        Assert.Empty(declared.Except(seen));
    }

    private static async Task<AdminServer> StartAsync(bool started)
    {
        var server = await AdminServer.StartAsync(
            config => config with { Sources = new Dictionary<string, SourceConfig> { ["web"] = new() { Name = "web", WriteKey = "wk_web_1234567890" } } }, started);
        var (delivery, at, error) = (server.Delivery, AdminServer.StartedAt, new AttemptError("status", 500, "answered 500"));
        delivery.Destinations.Add(FakeDeliveryControl.Running("crm") with
        {
            OldestPendingSeconds = 12.5,
            Until = at,
            Waits = [new DestinationWait("retry", at, "a parked event is tried again")],
            LongestParked = [new LongParkedKey("ada", "evt_testlog-0-0-7", 2, at, at, false, 3, error)],
        });
        delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));
        delivery.Letters.Skipped.Add(new SkippedRange("skip_0_3", new GivenUpRange("crm", 5, 9, 2, "skipped by an operator", at)));
        delivery.Letters.Rejected.Add(new RejectedIngest(2, "web", at, "no userId", "{}"u8.ToArray()));
        var draft = new EventDraft { Source = "app", Key = "ada"u8.ToArray(), Type = "track", ReceivedAt = at, RequestedDestinations = ["crm"] };
        var held = Event.Create(draft, new ReadOnlySequence<byte>("""{"userId":"ada"}"""u8.ToArray()));
        held.PlaceAt("testlog", new LogPosition(0, 0, 7));
        delivery.Stories[held.Id] = new EventStory(
            held.Id, held.Place, held, [new DestinationStory("crm", "parked", "waits for its next attempt", 3, at, error, "oops"), new DestinationStory("old", "not-routed", null, null, null, null, null)]);
        AddToJournal(server.Journal, held, at);
        await delivery.Jobs.StartAsync(new ReplayRequest("crm", true, new EventSelection(Class: "rejected", Since: at), null, 5), CancellationToken.None);
        return server;
    }

    private static void AddToJournal(DeliveryJournal journal, Event held, DateTimeOffset at)
    {
        journal.Attempts.Keep(new EndedAttempt
        {
            At = at,
            Destination = "crm",
            EventId = held.Id,
            Key = held.Key,
            Type = held.Type,
            Number = 3,
            Outcome = "retry",
            Status = 500,
            ErrorClass = "status",
            Message = "answered 500",
            Answer = "oops"u8.ToArray(),
            Duration = TimeSpan.FromMilliseconds(12),
            NextAttempt = at,
        });
        var row = new FigureRow { Start = 0, Length = FigureHistory.FineStep, Accepted = 10, LogBytes = 1000 };
        var figures = new DestinationFigures { Delivered = 5, Retried = 1, Lag = 4, OldestMilliseconds = 1500 };
        figures.AddDurations(LatencyBuckets.IndexOf(TimeSpan.FromMilliseconds(12)), 6);
        figures.AddErrors("status", 1);
        row.Destinations.Add("crm", figures);
        journal.Figures.Add(AdminServer.Now, TimeSpan.FromSeconds(5), row);

        // Otherwise an answer of the tail would not end.
        journal.Tail.Close();
    }

    private static void Replace(HttpRequestMessage request, string part, string other)
    {
        request.RequestUri = new Uri(request.RequestUri!.OriginalString.Replace(part, other, StringComparison.Ordinal), UriKind.Relative);
        if (request.Content is { } content)
        {
            SetContent(request, Encoding.UTF8.GetString(content.ReadAsByteArrayAsync().GetAwaiter().GetResult()).Replace(part, other, StringComparison.Ordinal));
        }
    }

    private static void SetContent(HttpRequestMessage request, string text)
    {
        if (request.Content is not null)
        {
            request.Content = new StringContent(text);
        }
    }
}
