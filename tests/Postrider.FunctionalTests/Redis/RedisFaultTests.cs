using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Redis;

/// <summary>The real server on a real Redis that fails: what is promised then, seen from outside.</summary>
[Collection(RealServers.Name)]
public sealed class RedisFaultTests : IAsyncLifetime
{
    private const int Clients = 8;

    private readonly RedisProcess _redis = new();
    private readonly PostriderServer _server = new();
    private readonly ConcurrentBag<string> _accepted = [];
    private WebhookReceiver? _one;
    private WebhookReceiver? _other;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _one = await WebhookReceiver.StartAsync();
        _other = await WebhookReceiver.StartAsync();
        Configure();
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _redis.DisposeAsync();
        foreach (var receiver in new[] { _one, _other }.OfType<WebhookReceiver>())
        {
            await receiver.DisposeAsync();
        }
    }

    [Fact]
    public async Task P1P2P3_RedisAndThenPostriderKilledUnderLoad_NothingAcceptedIsMissingAndEachUsersOrderIsKept()
    {
        TorturePlan.SkipUnlessLonger();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(client => Task.Run(() => PublishAsync(client, stop.Token), Cancellation)).ToList();
        await UntilMoreAsync();

        await _redis.KillAsync();
        await ReadyAsync(false);
        await _redis.StartAsync();
        await ReadyAsync(true);
        await UntilMoreAsync();
        await _server.KillAsync();
        await _server.StartAsync();
        await UntilMoreAsync();
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        foreach (var (name, receiver) in new[] { ("one", _one!), ("other", _other!) })
        {
            await _server.WaitUntilSettledAsync(name);
            var arrivals = receiver.Arrivals;
            Assert.Empty(_accepted.Except(arrivals.Select(arrival => arrival.Id)));
            foreach (var user in arrivals.GroupBy(arrival => arrival.UserId))
            {
                var order = user.Select(arrival => int.Parse(arrival.Payload, CultureInfo.InvariantCulture)).Distinct().ToList();
                Assert.Equal(order.Order(), order);

                // So that a receiver can refuse older news: later events of a user have higher numbers, over the generations too.
                var numbers = user.DistinctBy(arrival => arrival.Id).Select(arrival => arrival.Sequence).ToList();
                Assert.Equal(numbers.Order(), numbers);
            }
        }

        await _server.StopAsync();
    }

    [Fact]
    public async Task RedisStandsStill_PublishesAreRefusedUntilItGoesOn()
    {
        await _server.AcceptAsync("ada", "1");
        _redis.Freeze();
        try
        {
            var refused = await _server.PublishAsync("ada", "2");
            await ReadyAsync(false);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
            Assert.NotNull(refused.RetryAfter);
        }
        finally
        {
            _redis.Thaw();
        }

        await ReadyAsync(true);
        var id = await UntilAcceptedAsync("ada", "3");

        await _server.WaitUntilSettledAsync("one");
        Assert.Contains(_one!.Arrivals, arrival => arrival.Id == id);
    }

    [Fact]
    public async Task RedisAway_AdminCallsAreToldToComeAgainAndAReloadIsTakenWhenItIsBack()
    {
        await _redis.KillAsync();
        await ReadyAsync(false);
        await using var third = await WebhookReceiver.StartAsync();
        Configure("partitions: 4", PostriderServer.Webhook("third", third.Address));
        _server.Process.Hangup();
        using var http = new HttpClient();
        using var letters = await http.GetAsync(new Uri(_server.Admin, "/api/dead-letters"), Cancellation);
        using var reload = await http.PostAsync(new Uri(_server.Admin, "/api/config/reload"), null, Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, letters.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reload.StatusCode);
        Assert.All([letters, reload], answer => Assert.NotNull(answer.Headers.RetryAfter));
        await _redis.StartAsync();
        await ReadyAsync(true);
        await Eventually.GetAsync("the reload is in force", _server.StatusAsync, status => status.Destinations.Any(one => one.Name == "third"), _server.Describe);
        var id = await UntilAcceptedAsync("ada", "1");
        await Eventually.TrueAsync("the new destination gets events", () => third.Arrivals.Any(arrival => arrival.Id == id), _server.Describe);
        await _server.StopAsync();
    }

    [Fact]
    public async Task RedisEmptied_NewEventsArriveAtEveryDestinationWithIdsOfTheirOwn()
    {
        var before = await _server.AcceptAsync("ada", "1");
        await _server.WaitUntilSettledAsync("one");
        await _server.WaitUntilSettledAsync("other");

        _redis.Ask("FLUSHALL");
        var after = await UntilAcceptedAsync("ada", "2");

        Assert.NotEqual(before, after);
        foreach (var receiver in new[] { _one!, _other! })
        {
            await Eventually.TrueAsync("the new event arrives", () => receiver.Arrivals.Any(arrival => arrival.Id == after), _server.Describe);
        }
    }

    [Fact]
    public async Task Run_OtherNumberOfPartitions_EndsAsAMistakeOfTheConfigurationWithTheCure()
    {
        await _server.StopAsync();
        Configure("partitions: 8");

        var result = await _server.RefuseAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("partitions: 4", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogCopy_ToAFolderAndBack_HoldsTheSame()
    {
        await _server.PauseAsync("other");
        _one!.Answer = arrival => arrival.UserId switch
        {
            "user-1" => new WebhookAnswer(400, "no such order"),
            "user-2" => WebhookAnswer.Failing,
            _ => WebhookAnswer.Ok,
        };
        for (var i = 0; i < 20; i++)
        {
            await _server.AcceptAsync($"user-{i % 7}", $"{i}");
        }

        await _server.StatusOfAsync("one", "some are parked and some are dead", report => report is { Lag: 0, ParkedEvents: 3, DeadLetters: 3 });
        await _server.StopAsync();
        var folder = Path.Combine(_server.Folder, "copy");
        var there = await PostriderProcess.RunAsync("log", "copy", "--from", $"redis://:secret@127.0.0.1:{_redis.Port}", "--to", folder);
        var back = await PostriderProcess.RunAsync("log", "copy", "--from", folder, "--to", $"redis://127.0.0.1:{_redis.Port}?prefix=second&partitions=3");
        var nothing = await PostriderProcess.RunAsync("log", "copy", "--from", $"redis://127.0.0.1:{_redis.Port}?prefix=none", "--to", folder + "2");

        Assert.DoesNotContain("secret", there.Output + there.Error, StringComparison.Ordinal);
        Assert.True(there.ExitCode == 0, there.Output + there.Error);
        Assert.True(back.ExitCode == 0, back.Output + back.Error);
        Assert.Contains("Both hold the same.", back.Output, StringComparison.Ordinal);
        Assert.Equal(1, nothing.ExitCode);
        Configure("prefix: second, partitions: 3");
        _one.Answer = _ => WebhookAnswer.Ok;
        await _server.StartAsync();
        await _server.ResumeAsync("other");
        await _server.WaitUntilSettledAsync("other");
        var one = await _server.WaitUntilSettledAsync("one");
        Assert.Equal(3, one.DeadLetters);
        Assert.Equal(["2", "9", "16"], _one.Arrivals.Where(arrival => arrival.UserId == "user-2").TakeLast(3).Select(arrival => arrival.Payload));
        Assert.Equal(20, _other!.Arrivals.Select(arrival => arrival.Payload).Distinct().Count());
    }

    private void Configure(string log = "partitions: 4", string more = "") => _server.Configure(
        $"log: {{ type: redis, connection: \"127.0.0.1:{_redis.Port}\", durability: fsync, {log} }}\ndestinations:\n"
        + PostriderServer.Webhook("one", _one!.Address) + PostriderServer.Webhook("other", _other!.Address) + more);

    private async Task ReadyAsync(bool ready) => await Eventually.GetAsync(
        $"readiness is {ready}", _server.ReadyAsync, answer => answer.GetProperty("ready").GetBoolean() == ready, _server.Describe);

    private async Task UntilMoreAsync()
    {
        var before = _accepted.Count;
        await Eventually.TrueAsync("more events are accepted", () => _accepted.Count > before + 500, _server.Describe);
    }

    private async Task<string> UntilAcceptedAsync(string user, string payload) => (await Eventually.GetAsync(
        "a publish is accepted", () => _server.PublishAsync(user, payload), answer => answer.IsAccepted, _server.Describe)).Id!;

    // One user of its own; the next event only once this one is accepted, so the order of acceptance is known.
    private async Task PublishAsync(int client, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; !stop.IsCancellationRequested;)
        {
            try
            {
                if (await _server.PublishAsync($"user-{client}", $"{i}") is { IsAccepted: true } answer)
                {
                    _accepted.Add(answer.Id!);
                    i++;
                    continue;
                }
            }
            catch (HttpRequestException)
            {
                // The server is dead now; whether this one was stored is not known.
            }

            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
