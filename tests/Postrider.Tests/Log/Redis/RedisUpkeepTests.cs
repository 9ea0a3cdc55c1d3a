using System.Collections.Concurrent;
using Postrider.Log;
using Postrider.Log.Redis;
using StackExchange.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>What the log looks at by itself, and what it says of it.</summary>
public sealed class RedisUpkeepTests : IAsyncLifetime
{
    private readonly RedisServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Reconnected_TheServerIsCheckedAgain_AndIsUnreachableUntilThen()
    {
        var states = new ConcurrentQueue<LogState>();
        RedisLog? log = null;
        async Task<string?> CheckAsync(IServer server, CancellationToken cancellationToken)
        {
            if (log is null)
            {
                return null;
            }

            states.Enqueue(log.Condition.State);
            if (states.Count == 1)
            {
                // Lost and back while the log looks: what this look saw is of the time before.
                await _server.RestartAsync();
                await Eventually.IsTrueAsync("the connection stands again", () => server.IsConnected);
            }

            return null;
        }

        log = await _server.OpenAsync(_server.Options() with { OnConnected = CheckAsync });
        await using var _ = log;
        await _server.RestartAsync();

        await Eventually.IsTrueAsync("it is checked twice", () => states.Count >= 2);
        await Eventually.IsTrueAsync("the log is ready", () => log.Condition.State is LogState.Ready);
        Assert.Equal(LogState.Unreachable, states.Skip(1).First());
    }

    [Fact]
    public async Task Refused_MendedWithoutAReconnect_IsTakenSoon()
    {
        string? refusal = "appendonly is no";
        await using var log = await _server.OpenAsync(_server.Options() with { OnConnected = (_, _) => Task.FromResult<string?>(Volatile.Read(ref refusal)) });
        Assert.Equal(LogState.Failed, log.Condition.State);

        Volatile.Write(ref refusal, null);

        await Eventually.IsTrueAsync("the log is ready", () => log.Condition.State is LogState.Ready);
        await log.AppendAsync(TestEvents.Numbered(1));
    }

    [Fact]
    public async Task OnePartitionUnreadable_TheOthersAreLookedAfter()
    {
        var options = _server.Options() with { Partitions = 2, Retain = TimeSpan.Zero };
        await using var log = await _server.OpenAsync(options);
        var broken = new PartitionKeys(options.Prefix, 0);
        log.Partitions[0].Listen(_ => { });
        while (log.Partitions[1].EndPosition < 5)
        {
            await log.AppendAsync(TestEvents.Numbered(1));
        }

        // Something else says that there is an event where none is.
        await _server.Database.HashSetAsync(broken.Meta, "last", log.Partitions[0].EndPosition + 5);
        await Eventually.IsTrueAsync("the log says so", () => log.Condition.State is LogState.Corrupt);

        await log.TrimNowAsync(Cancellation);

        Assert.Equal(log.Partitions[1].EndPosition, log.Partitions[1].FirstPosition);
    }

    [Fact]
    public async Task OnePartitionOfAnotherLog_IsNamedAndAskedAgain()
    {
        var options = _server.Options() with { Partitions = 2 };
        await using var log = await _server.OpenAsync(options);
        var keys = new PartitionKeys(options.Prefix, 1);
        await _server.Database.HashSetAsync(keys.Meta, [new("log", "other"), new("generation", 1)]);
        await Eventually.IsTrueAsync("the log refuses", () => log.Condition.State is LogState.Failed);
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));

        await _server.Database.HashSetAsync(keys.Meta, "log", log.Id);

        Assert.Contains("other", refused.Message, StringComparison.Ordinal);
        await Eventually.IsTrueAsync("the log is ready", () => log.Condition.State is LogState.Ready);
    }

    [Fact]
    public async Task SavedBeyondTheLast_WhatComesNextIsReadInItsGeneration()
    {
        await using var log = await _server.OpenAsync(_server.Options());
        var old = log.Partitions[0];
        await old.State.RegisterAsync(
            [new() { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = DateTimeOffset.UnixEpoch }], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        await log.AppendAsync(TestEvents.Numbered(1));

        await Assert.ThrowsAsync<GenerationMovedException>(
            () => old.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(100), Counters = default, Changes = [] }], Cancellation));
        var next = await old.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        var @event = TestEvents.Numbered(2);
        await log.AppendAsync(@event);

        Assert.True(@event.Place.Generation > old.Generation);
        Assert.Equal([1L, 2], (await next.ReadAsync(1, 10, 1 << 20, Cancellation)).Select(read => read.Place.Position));
        Assert.Equal(@event.Id, (await next.GetAsync(2, Cancellation))?.Id);
        Assert.Equal(2, next.GenerationStart);
    }
}
