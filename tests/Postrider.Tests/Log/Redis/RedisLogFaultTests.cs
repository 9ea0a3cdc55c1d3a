using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>What the log does when Redis, or the way to it, fails.</summary>
public sealed class RedisLogFaultTests : IAsyncLifetime
{
    private readonly RedisServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Kill_UnderLoadWithEveryWriteSynced_LosesNothingAcknowledgedAndBeginsAGeneration()
    {
        await using var log = await _server.OpenAsync(_server.Options());
        var old = log.Partitions[0];
        var acknowledged = new ConcurrentBag<Event>();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(() => PublishUntilAsync(log, client, acknowledged, stop.Token), Cancellation)).ToList();
        await Eventually.IsTrueAsync("events are stored", () => acknowledged.Count > 200);

        await _server.KillAsync();
        await Eventually.IsTrueAsync("the log says so", () => log.Condition.State is LogState.Unreachable);
        await _server.StartAsync();
        var successor = await old.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        var before = acknowledged.Count;
        await Eventually.IsTrueAsync("events are stored again", () => acknowledged.Count > before + 100);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        Assert.True(successor.Generation > old.Generation);
        await Assert.ThrowsAsync<GenerationMovedException>(async () => await old.ReadAsync(1, 2, 1000, Cancellation));
        await Eventually.IsTrueAsync("the log is ready", () => log.Condition.State is LogState.Ready);
        var stored = await ReadAllAsync(log.Partitions[0]);
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(i => (long)i), stored.Select(e => e.Place.Position));
        var ids = stored.ToDictionary(e => e.Id, TestEvents.Text);
        Assert.All(acknowledged, e => Assert.Equal(TestEvents.Text(e), ids[e.Id]));
        Assert.Equal(2, stored.Select(e => e.Place.Generation).Distinct().Count());
    }

    [Fact]
    public async Task FlushAll_UnderTheRunningLog_BeginsAGenerationBehindAllKnownPositions()
    {
        var options = _server.Options();
        await using var log = await _server.OpenAsync(options);
        var lost = TestEvents.Numbered(1);
        await log.AppendAsync(lost);
        var old = log.Partitions[0];

        _server.Ask("FLUSHALL");
        var successor = await old.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        var next = TestEvents.Numbered(2);
        await log.AppendAsync(next);

        Assert.Equal(lost.Place.Position + 1, successor.FirstPosition);
        Assert.Equal(lost.Place.Position + 1, next.Place.Position);
        Assert.True(next.Place.Generation > lost.Place.Generation);
        Assert.Contains(log.Id, _server.Ask($"HGET {options.Prefix}:meta log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OlderCopyRestored_UnderTheRunningLog_GivesNoIdTwice()
    {
        var options = _server.Options();
        var log = await _server.OpenAsync(options);
        try
        {
            await AppendAsync(log, 5);
            await _server.KillAsync();
            var copy = Path.Combine(Path.GetTempPath(), Path.GetFileName(_server.Folder) + "-copy");
            CopyFolder(_server.Folder, copy);
            await _server.StartAsync();
            await Eventually.IsTrueAsync("the log goes on", () => log.Partitions[0].Generation > 0 && log.Condition.State is LogState.Ready && _server.Ask("PING").Length > 0);
            var after = await AppendAsync(log, 5);

            await _server.KillAsync();
            Directory.Delete(_server.Folder, recursive: true);
            CopyFolder(copy, _server.Folder);
            Directory.Delete(copy, recursive: true);
            await _server.StartAsync();
            var anew = await AppendAsync(log, 5);

            Assert.Empty(anew.Select(e => e.Id).Intersect(after.Select(e => e.Id)));
            Assert.True(anew[0].Place.Generation > after[0].Place.Generation);
            Assert.Equal(6, anew[0].Place.Position);
            Assert.Equal(10, (await ReadAllAsync(log.Partitions[0])).Count);
        }
        finally
        {
            await log.DisposeAsync();
        }
    }

    [Fact]
    public async Task AnswerLost_TheListenerHasNoGapAndARepeatIsRecognised()
    {
        using var proxy = new CuttingProxy(_server.Port);
        await using var log = await _server.OpenAsync(_server.Options(port: proxy.Port));
        var seen = new ConcurrentQueue<Event>();
        log.Partitions[0].Listen(batch => batch.Events.ToList().ForEach(seen.Enqueue));
        await log.AppendAsync(TestEvents.Repeatable("first", 1));

        proxy.LosesAnswers = true;
        var unknown = TestEvents.Repeatable("second", 2);
        var failure = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(unknown));
        var again = TestEvents.Repeatable("second", 2);
        await UntilStoredAsync(log, again);
        var third = TestEvents.Repeatable("third", 3);
        await UntilStoredAsync(log, third);

        Assert.Equal(1, proxy.Lost);
        Assert.True(failure.RetryAfter > TimeSpan.Zero);
        Assert.Equal(Repeat.Same, again.Repeat);
        Assert.Equal(2, again.Place.Position);
        Assert.Equal(3, third.Place.Position);
        await Eventually.IsTrueAsync("all are heard of", () => seen.Count == 3);
        Assert.Equal([1L, 2, 3], seen.Select(e => e.Place.Position));
        Assert.Equal(["1", "2", "3"], seen.Select(TestEvents.Text));
    }

    [Fact]
    public async Task Stalled_AnAppendThatWasRefusedIsNotStoredLater()
    {
        await using var log = await _server.OpenAsync(_server.Options() with { AppendTimeout = TimeSpan.FromSeconds(2) });
        var first = TestEvents.Repeatable("first", 1);
        await UntilStoredAsync(log, first);

        _server.Signal("STOP");
        await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Repeatable("refused", 2)));
        _server.Signal("CONT");
        var next = TestEvents.Repeatable("next", 3);
        await UntilStoredAsync(log, next);

        Assert.Equal(first.Place.Position + 1, next.Place.Position);
        Assert.Equal(["1", "3"], (await ReadAllAsync(log.Partitions[0])).Select(TestEvents.Text));
    }

    [Fact]
    public async Task Slowed_ClientsThatRepeatWhatWasRefused_FindNothingOldBehindTheirNewEvents()
    {
        using var proxy = new SlowProxy(_server.Port);
        await using var log = await _server.OpenAsync(_server.Options(port: proxy.Port) with { AppendTimeout = TimeSpan.FromMilliseconds(150) });
        var refused = 0;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(client => Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    for (var attempt = 0; attempt >= 0 && !stop.IsCancellationRequested;)
                    {
                        try
                        {
                            await log.AppendAsync(TestEvents.Create($"{(i * 1000) + attempt}", key: $"client-{client}"));
                            attempt = -1;
                        }
                        catch (LogUnavailableException)
                        {
                            Interlocked.Increment(ref refused);
                            attempt++;
                        }
                    }
                }
            },
            Cancellation)).ToList();

        for (var i = 0; i < 8; i++)
        {
            // Around the deadline: some calls come in time, some too late, and of some the answer does.
            var before = (Refused: Volatile.Read(ref refused), log.Partitions[0].EndPosition);
            proxy.Delay = TimeSpan.FromMilliseconds(100 + (25 * i));
            await Eventually.IsTrueAsync("some are refused or stored", () => Volatile.Read(ref refused) > before.Refused + 3 || log.Partitions[0].EndPosition > before.EndPosition + 20);
            proxy.Delay = TimeSpan.Zero;
            await Eventually.IsTrueAsync("events are stored", () => log.Partitions[0].EndPosition > before.EndPosition + 30);
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(refused > 0);
        foreach (var client in (await ReadAllAsync(log.Partitions[0])).GroupBy(e => e.Key))
        {
            var sent = client.Select(e => int.Parse(TestEvents.Text(e), System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(sent.Order(), sent);
        }
    }

    [Fact]
    public async Task Replicas_WaitsForThemAndRefusesWithout()
    {
        await using var replica = new RedisServer { Arguments = ["--replicaof", "127.0.0.1", $"{_server.Port}"] };
        await replica.InitializeAsync();
        await Eventually.IsTrueAsync("the replica is connected", () => _server.Ask("INFO replication").Contains("state=online", StringComparison.Ordinal));
        await using var log = await _server.OpenAsync(_server.Options() with { Replicas = 1 });
        await log.AppendAsync(TestEvents.Numbered(1));
        var held = replica.Ask("INFO keyspace");

        await replica.KillAsync();
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(2)));

        Assert.Contains("db0:keys=", held, StringComparison.Ordinal);
        Assert.Contains("0 of 1 replicas", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<List<Event>> AppendAsync(RedisLog log, int count)
    {
        var events = new List<Event>();
        for (var i = 0; i < count; i++)
        {
            events.Add(TestEvents.Numbered(i));
            await UntilStoredAsync(log, events[^1]);
        }

        return events;
    }

    private static async Task UntilStoredAsync(RedisLog log, Event @event)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            try
            {
                await log.AppendAsync(@event);
                return;
            }
            catch (LogUnavailableException)
            {
                await timer.WaitForNextTickAsync(Cancellation);
            }
        }
    }

    private static async Task PublishUntilAsync(RedisLog log, int client, ConcurrentBag<Event> acknowledged, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var @event = TestEvents.Create($"{i}", key: $"client-{client}");
            try
            {
                await log.AppendAsync(@event);
                acknowledged.Add(@event);
            }
            catch (LogUnavailableException)
            {
                await pause.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<List<Event>> ReadAllAsync(ILogPartition partition)
    {
        var all = new List<Event>();
        while (await partition.ReadAsync(partition.FirstPosition + all.Count, long.MaxValue, 1 << 20, Cancellation) is { Count: > 0 } read)
        {
            all.AddRange(read);
        }

        return all;
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
