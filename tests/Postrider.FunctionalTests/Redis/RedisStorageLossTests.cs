using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>A Redis that comes back with less than it had: what came after the cut is neither skipped nor confused with what is gone.</summary>
[Collection(RealServers.Name)]
public sealed class RedisStorageLossTests : IAsyncLifetime
{
    private const int Users = 8;

    private readonly RedisProcess _redis = new() { Fsync = "everysec" };
    private readonly PostriderServer _server = new();
    private readonly ConcurrentDictionary<string, string> _accepted = new();
    private WebhookReceiver? _one;
    private WebhookReceiver? _other;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _one = await WebhookReceiver.StartAsync();
        _other = await WebhookReceiver.StartAsync();
        _server.Configure(
            $"log: {{ type: redis, connection: \"127.0.0.1:{_redis.Port}\", durability: everysec, partitions: 4 }}\ndestinations:\n"
            + PostriderServer.Webhook("one", _one.Address) + PostriderServer.Webhook("other", _other.Address));
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
    public async Task Everysec_RedisKilledUnderLoadAndItsLastWritesLost_NothingIsSkippedReusedOrReorderedAfterTheCut()
    {
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Users).Select(user => Task.Run(() => PublishUntilAsync(user, stop.Token), Cancellation)).ToList();
        await UntilMoreAsync(500);

        // What the page cache had not yet given to the disk when the machine went down.
        await _redis.KillAsync();
        _redis.CutLastWrites(64 << 10);
        var before = _accepted.Keys.ToHashSet();
        await _redis.StartAsync();
        await UntilMoreAsync(500);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        await JudgeAsync(_accepted.Keys.Where(id => !before.Contains(id)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OlderCopyRestored_WhetherPostriderRunsOrNot_WhatComesThenArrivesUnderItsOwnIds(bool running)
    {
        await AcceptAsync("before");
        await SettledAsync();
        await _redis.KillAsync();
        _redis.Save();

        // Twice, because a copy of the last ten minutes cannot know of the one generation that came after it.
        await _redis.StartAsync();
        await ReadyAsync();
        await _redis.KillAsync();
        await _redis.StartAsync();
        await ReadyAsync();
        await AcceptAsync("lost");
        await SettledAsync();
        if (!running)
        {
            await _server.StopAsync();
        }

        await _redis.KillAsync();
        _redis.Restore();
        await _redis.StartAsync();
        if (!running)
        {
            await _server.StartAsync();
        }

        await ReadyAsync();
        var then = await AcceptAsync("then");

        await JudgeAsync(then);
        await _server.StopAsync();
    }

    // Every id is one event's; each user's events come first in the order in which they were accepted; those that must be there are.
    private async Task JudgeAsync(IEnumerable<string> mustArrive)
    {
        await SettledAsync();
        foreach (var receiver in new[] { _one!, _other! })
        {
            var arrivals = receiver.Arrivals;
            Assert.Empty(mustArrive.Except(arrivals.Select(arrival => arrival.Id)));
            Assert.All(arrivals.GroupBy(arrival => arrival.Id), id => Assert.Single(id.Select(arrival => (arrival.UserId, arrival.Payload)).Distinct()));
            Assert.All(
                arrivals.Where(arrival => _accepted.ContainsKey(arrival.Id)),
                arrival => Assert.Equal(_accepted[arrival.Id], $"{arrival.UserId} {arrival.Payload}"));
            foreach (var user in arrivals.GroupBy(arrival => arrival.UserId))
            {
                var order = user.Select(arrival => int.Parse(arrival.Payload, CultureInfo.InvariantCulture)).Distinct().ToList();
                Assert.Equal(order.Order(), order);
            }
        }
    }

    private async Task<IReadOnlyList<string>> AcceptAsync(string phase)
    {
        var ids = new List<string>();
        var from = phase switch { "before" => 0, "lost" => 100, _ => 200 };
        for (var i = 0; i < 5 * Users; i++)
        {
            var (user, payload) = ($"user-{i % Users}", $"{from + (i / Users)}");
            var answer = await Eventually.GetAsync("a publish is accepted", () => _server.PublishAsync(user, payload), answer => answer.IsAccepted, _server.Describe);
            Assert.True(_accepted.TryAdd(answer.Id!, $"{user} {payload}"), $"The id {answer.Id} was given twice.");
            ids.Add(answer.Id!);
        }

        return ids;
    }

    private async Task PublishUntilAsync(int client, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            // One that was refused may have been stored; the next has a number of its own.
            var answer = await _server.PublishAsync($"user-{client}", $"{i}");
            if (answer.IsAccepted)
            {
                Assert.True(_accepted.TryAdd(answer.Id!, $"user-{client} {i}"), $"The id {answer.Id} was given twice.");
                continue;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task UntilMoreAsync(int count)
    {
        var before = _accepted.Count;
        await Eventually.TrueAsync("more events are accepted", () => _accepted.Count > before + count, _server.Describe);
    }

    private async Task SettledAsync()
    {
        await _server.WaitUntilSettledAsync("one");
        await _server.WaitUntilSettledAsync("other");
    }

    private async Task ReadyAsync() => await Eventually.GetAsync(
        "the server is ready", _server.ReadyAsync, answer => answer.GetProperty("ready").GetBoolean(), _server.Describe);
}
