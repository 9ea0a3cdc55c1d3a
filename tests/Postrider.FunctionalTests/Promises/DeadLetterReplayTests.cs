using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>P3 and P6 for a replay: many dead letters come back at a rate, over a kill in the middle, each key in order.
/// <c>POSTRIDER_REPLAY_EVENTS</c> makes it larger.</summary>
[Collection(RealServers.Name)]
public sealed class DeadLetterReplayTests(ITestOutputHelper output)
{
    private const int DefaultEvents = 3_200;
    private const int Users = 32;

    private static readonly string Filler = new('x', 100);

    [Fact]
    public async Task P6_KilledInTheMiddleOfAReplay_AllComeInOrderAndAtItsRate()
    {
        var large = Environment.GetEnvironmentVariable("POSTRIDER_REPLAY_EVENTS") is { Length: > 0 } asked ? int.Parse(asked, CultureInfo.InvariantCulture) : 0;
        var each = (large > 0 ? large : DefaultEvents) / Users;
        var events = each * Users;
        var rate = events / (large > 0 ? 30 : 8);
        var patience = TimeSpan.FromMilliseconds(60_000 + events);
        var arrived = new ConcurrentDictionary<string, ConcurrentQueue<int>>(StringComparer.Ordinal);
        await using var receiver = await WebhookReceiver.StartAsync(_ => new WebhookAnswer(400, "not understood"), keeps: false);
        await using var server = new PostriderServer("log: { minFreeDisk: 64MiB }\ndestinations:\n" + PostriderServer.Webhook("crm", receiver.Address));
        await server.StartAsync("--log-level", "error");
        await Task.WhenAll(UserOrder.Users(Users).Select(user =>
            Task.Run(() => PipeliningClient.PublishAsync(server.Gateway, user, each, Filler, TestContext.Current.CancellationToken))));
        await server.StatusOfAsync("crm", "all are dead letters", report => report.DeadLetters == events, patience);
        receiver.Answer = arrival =>
        {
            arrived.GetOrAdd(arrival.UserId, _ => new()).Enqueue(int.Parse(arrival.Payload, CultureInfo.InvariantCulture));
            return WebhookAnswer.Ok;
        };

        using var http = new HttpClient();
        using var started = await http.PostAsJsonAsync(
            new Uri(server.Admin, "/api/replays"), new { destination = "crm", source = "dead-letters", rate }, TestContext.Current.CancellationToken);
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!;
        var first = await MeasureAsync(server, http, id, until: events / 2, patience);
        await server.KillAsync();
        await server.StartAsync("--log-level", "error");
        var second = await MeasureAsync(server, http, id, until: events - (rate / 4), patience);
        await Eventually.GetAsync("the replay is done", () => ReadAsync(server, http, id), replay => replay.GetProperty("state").GetString() == "done", server.Describe, patience);
        var status = await server.WaitUntilSettledAsync("crm", patience);

        var held = (first.Events + second.Events) / (first.Took + second.Took).TotalSeconds;
        output.WriteLine($"{events} dead letters replayed at {held:0} events a second, asked were {rate}");
        Assert.Equal(0, status.DeadLetters);
        Assert.Equal(Users, arrived.Count);
        Assert.All(arrived, user => Assert.Equal(Enumerable.Range(1, each), user.Value.Distinct()));

        // A machine that tests share is measured with more patience than one that shows a figure.
        var tolerance = large > 0 ? 0.1 : 0.25;
        Assert.InRange(held, rate * (1 - tolerance), rate * (1 + tolerance));
    }

    private static Task<JsonElement> ReadAsync(PostriderServer server, HttpClient http, string id) =>
        http.GetFromJsonAsync<JsonElement>(new Uri(server.Admin, "/api/replays/" + id), TestContext.Current.CancellationToken);

    // From the first events that it sees to the first look at which there are so many.
    private static async Task<(double Events, TimeSpan Took)> MeasureAsync(PostriderServer server, HttpClient http, string id, int until, TimeSpan patience)
    {
        (long Events, long At)? from = null;
        (long Events, long At) to = default;
        await Eventually.GetAsync(
            $"the replay has come to {until}",
            async () =>
            {
                var replay = await ReadAsync(server, http, id);
                to = (replay.GetProperty("events").GetInt64(), TimeProvider.System.GetTimestamp());
                from ??= to.Events > 0 ? to : null;
                return replay;
            },
            replay => replay.GetProperty("events").GetInt64() >= until,
            server.Describe,
            patience);
        return (to.Events - from!.Value.Events, TimeProvider.System.GetElapsedTime(from.Value.At, to.At));
    }
}
