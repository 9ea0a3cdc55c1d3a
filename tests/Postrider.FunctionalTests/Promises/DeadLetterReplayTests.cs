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
        var best = Math.Max(first.Best, second.Best);
        output.WriteLine($"{events} dead letters replayed at {held:0} events a second, {best:0} in the best second, asked were {rate}");
        Assert.Equal(0, status.DeadLetters);
        Assert.Equal(Users, arrived.Count);
        Assert.All(arrived, user => Assert.Equal(Enumerable.Range(1, each), user.Value.Distinct()));

        // It must not be faster. Where the machine is busy with something else it may be slower, but not in every second.
        var tolerance = large > 0 ? 0.1 : 0.25;
        Assert.InRange(held, 1, rate * (1 + tolerance));
        Assert.True(best >= rate * (1 - tolerance), $"never faster than {best:0} a second");
    }

    private static Task<JsonElement> ReadAsync(PostriderServer server, HttpClient http, string id) =>
        http.GetFromJsonAsync<JsonElement>(new Uri(server.Admin, "/api/replays/" + id), TestContext.Current.CancellationToken);

    // From the first events that it sees to the first look at which there are so many; and the most in a second between.
    private static async Task<(double Events, TimeSpan Took, double Best)> MeasureAsync(PostriderServer server, HttpClient http, string id, int until, TimeSpan patience)
    {
        var looks = new List<(long Events, long At)>();
        await Eventually.GetAsync(
            $"the replay has come to {until}",
            async () =>
            {
                var replay = await ReadAsync(server, http, id);
                if (replay.GetProperty("events").GetInt64() is > 0 and var events)
                {
                    looks.Add((events, TimeProvider.System.GetTimestamp()));
                }

                return replay;
            },
            replay => replay.GetProperty("events").GetInt64() >= until,
            server.Describe,
            patience);
        var best = 0.0;
        var from = 0;
        for (var to = 1; to < looks.Count; to++)
        {
            for (; TimeProvider.System.GetElapsedTime(looks[from + 1].At, looks[to].At) >= TimeSpan.FromSeconds(1); from++)
            {
            }

            var took = TimeProvider.System.GetElapsedTime(looks[from].At, looks[to].At).TotalSeconds;
            best = took < 1 ? best : Math.Max(best, (looks[to].Events - looks[from].Events) / took);
        }

        return (looks[^1].Events - looks[0].Events, TimeProvider.System.GetElapsedTime(looks[0].At, looks[^1].At), best);
    }
}
