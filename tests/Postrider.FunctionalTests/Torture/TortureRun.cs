using System.Diagnostics;
using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Redis;

namespace Postrider.FunctionalTests.Torture;

/// <summary>One run: publishes, kills, waits for the rest, and judges the whole history.</summary>
internal sealed class TortureRun
{
    // Progress is saved every 100 ms, and a save lasts about as long as the slowest answer of that time, which waits for the same disk;
    // one save can be under way when the next interval ends. The rest is for threads of a busy machine.
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Scheduling = TimeSpan.FromMilliseconds(250);

    // Whatever the disk does: when a save is later than this no new attempt starts.
    private static readonly TimeSpan LongestSave = TimeSpan.FromSeconds(1);

    // What stood complete in the receiver's socket when its sender was cut off is read, and so arrives, a little later.
    private static readonly long Grace = Stopwatch.Frequency / 4;

    private readonly TorturePlan _plan;
    private readonly PostriderServer _server;
    private readonly TortureWebhook[] _webhooks;
    private readonly TortureWebhook _troubled;
    private readonly Func<int, string> _configure;
    private readonly RedisProcess? _redis;
    private readonly ServerGate _gate = new();
    private readonly FaultTimes _redisAway;
    private readonly List<TortureClient> _clients;
    private readonly List<Kill> _kills = [];
    private readonly List<string> _violations = [];
    private long _peak;

    public TortureRun(TorturePlan plan, PostriderServer server, TortureWebhook steady, TortureWebhook troubled, Func<int, string> configure, MachineWatch machine, RedisProcess? redis = null)
    {
        _redisAway = new FaultTimes(machine);
        _redis = redis;
        _configure = configure;
        _plan = plan;
        _server = server;
        _webhooks = [steady, troubled];
        _troubled = troubled;
        _clients = [.. Enumerable.Range(0, TorturePlan.Clients).Select(number => new TortureClient(number, server, _gate, plan.IsLong, redis is null ? null : _redisAway))];
    }

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"""
        {_clients.Sum(client => client.AcceptedCount)} events accepted, {_clients.Sum(client => client.Unanswered)} requests without an answer, {_kills.Count} kills,
        ready again after {string.Join(", ", _kills.Select(kill => $"{kill.TimeToReady.TotalMilliseconds:0} of {kill.MostToReady.TotalMilliseconds:0} ms"))},
        repeats {string.Join(", ", _webhooks.Select(webhook => $"{webhook.Name} {webhook.Users.Sum(user => user.Repeats.Count)}"))},
        oldest repeated {string.Join(", ", _kills.Select(kill => $"{OldestRepeat(kill).TotalMilliseconds:0} of {MostRepeated(kill).TotalMilliseconds:0} ms"))} before its kill,
        peak memory {_peak / 1048576.0:0} MiB
        """);

    public async Task PublishAndKillAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _server.Configure(_configure(64));
        await _server.StartAsync("--log-level", "error");
        _gate.Open();
        var publishing = _clients.Select(client => Task.Run(() => client.RunAsync(end.Token), CancellationToken.None)).ToList();
        var trouble = BreakDestinationAsync();
#pragma warning disable CA5394 // A seed must repeat the run.
        var random = new Random(_plan.Seed);
        var mean = _plan.Publishing / (2 * (_plan.Kills + 1));
        for (var kill = 0; kill <= _plan.Kills; kill++)
        {
            // Not to wait for anything: the moments of a reload and a kill shall have nothing to do with what the server does.
            await Task.Delay(mean * (0.4 + (1.2 * random.NextDouble())), TimeProvider.System, TestContext.Current.CancellationToken);
            _server.Configure(_configure(random.Next(4, 100)));
            _server.Process.Hangup();

            // Each third kill comes at once.
            await Task.Delay(mean * (0.4 + (1.2 * random.NextDouble())) * (kill % 3), TimeProvider.System, TestContext.Current.CancellationToken);
            if (kill < _plan.Kills)
            {
                await KillAsync();
            }
        }
#pragma warning restore CA5394

        await end.CancelAsync();
        await Task.WhenAll(publishing);
        await trouble;
    }

    public async Task DeliverTheRestAsync()
    {
        // Once more where most of the work is catching up.
        await KillAsync();
        foreach (var webhook in _webhooks)
        {
            await _server.WaitUntilSettledAsync(webhook.Name, TimeSpan.FromSeconds(60));
        }

        _peak = Math.Max(_peak, _server.PeakResidentBytes);
    }

    public IReadOnlyList<string> Judge(long mostResident)
    {
        var found = new List<string>(_violations);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var client in _clients)
        {
            foreach (var user in client.Users)
            {
                var accepted = client.AcceptedOf(user);
                found.AddRange(accepted.Where(pair => !ids.Add(pair.Value)).Select(pair => $"the id {pair.Value} of event {pair.Key} of {user} was given twice"));
                found.AddRange(_webhooks.SelectMany(webhook => webhook.Of(user).Judge(accepted, client.TriesOf(user))));
            }
        }

        found.AddRange(_kills.Where(kill => kill.TimeToReady > kill.MostToReady)
            .Select(kill => $"P6: ready only {kill.TimeToReady} after kill {kill.Number}, more than {kill.MostToReady}"));
        if (_peak > mostResident)
        {
            found.Add($"P5: {_peak} bytes resident, more than {mostResident}");
        }

        foreach (var repeat in _webhooks.SelectMany(webhook => webhook.Users).SelectMany(user => user.Repeats))
        {
            JudgeRepeat(repeat, found);
        }

        return found;
    }

    /// <summary>Every rejected event is a dead letter, and no other one is.</summary>
    public async Task AssertDeadLettersAsync(TortureWebhook webhook)
    {
        var rejected = webhook.Users.SelectMany(user => user.Outcomes).Where(settled => settled.IsRejected).ToList();
        var status = await _server.StatusOfAsync(webhook.Name);
        Assert.True(rejected.Count == status.DeadLetters, $"{rejected.Count} events were rejected, {status.DeadLetters} are dead letters: {status}{_server.Describe()}");
        foreach (var settled in rejected.Take(20))
        {
            var story = await _server.StoryAsync(settled.Id, webhook.Name);
            Assert.True(story.GetProperty("state").GetString() == "dead-letter", $"P2: {settled.Id} was rejected, its story: {story}");
        }
    }

    // Down for a seventh of the time; kills fall before, into and behind it.
    private async Task BreakDestinationAsync()
    {
        await Task.Delay(_plan.Publishing * 0.35, TimeProvider.System, TestContext.Current.CancellationToken);
        _troubled.IsDown = true;
        await Task.Delay(_plan.Publishing * 0.15, TimeProvider.System, TestContext.Current.CancellationToken);
        _troubled.IsDown = false;
    }

    private async Task KillAsync()
    {
        _peak = Math.Max(_peak, _server.PeakResidentBytes);
        var before = Stopwatch.GetTimestamp();
        if (_redis is not null && _kills.Count % 2 == 1)
        {
            // Clients go on meanwhile: what is refused or not answered may have been stored.
            _redisAway.Begin();
            await _redis.KillAsync();
            await _redis.StartAsync();
            await Eventually.GetAsync("the server is ready again", _server.ReadyAsync, answer => answer.GetProperty("ready").GetBoolean(), _server.Describe);
            _redisAway.End();
            _kills.Add(new Kill(_kills.Count + 1, before, Stopwatch.GetTimestamp(), TimeSpan.Zero, TimeSpan.Zero));
            return;
        }

        _gate.Close();
        await _server.KillAsync();
        var at = Stopwatch.GetTimestamp();

        // By the machine as it was before and as it is after the start: neighbours come and go.
        var limit = await ReadyLimit.MeasureAsync();
        await _server.StartAsync("--log-level", "error");
        var after = await ReadyLimit.MeasureAsync();
        _kills.Add(new Kill(_kills.Count + 1, before, at, _server.TimeToReady, limit > after ? limit : after));
        _gate.Open();
    }

    // A repeat needs a kill between its two arrivals, and must have been settled shortly before that kill.
    private void JudgeRepeat(UserHistory.Repeat repeat, List<string> found)
    {
        if (FindKill(repeat) is not { } kill)
        {
            found.Add($"P6: {repeat.Name} came again, {Stopwatch.GetElapsedTime(repeat.SettledAt, repeat.CameAt)} after it was settled, without a kill in between");
        }
        else if (Stopwatch.GetElapsedTime(repeat.SettledAt, kill.At) is var age && age > MostRepeated(kill))
        {
            found.Add($"P6: {repeat.Name} came again after kill {kill.Number} although it was settled {age.TotalMilliseconds:0} ms before, more than {MostRepeated(kill).TotalMilliseconds:0}");
        }
    }

    private Kill? FindKill(UserHistory.Repeat repeat) => _kills.FirstOrDefault(kill => kill.At + Grace >= repeat.SettledAt && kill.Before <= repeat.CameAt);

    private TimeSpan OldestRepeat(Kill kill) => _webhooks
        .SelectMany(webhook => webhook.Users)
        .SelectMany(user => user.Repeats)
        .Where(repeat => FindKill(repeat) == kill)
        .Select(repeat => Stopwatch.GetElapsedTime(repeat.SettledAt, kill.At))
        .DefaultIfEmpty()
        .Max();

    private TimeSpan MostRepeated(Kill kill)
    {
        var recently = kill.Before - (2 * Stopwatch.Frequency);
        var slowest = _clients.SelectMany(client => client.Latencies)
            .Where(latency => latency.At > recently && latency.At <= kill.At)
            .Select(latency => latency.Time)
            .DefaultIfEmpty()
            .Max();
        var saves = SaveInterval + (2 * slowest);

        // What is delivered while Redis is away cannot be saved.
        return (saves < LongestSave ? saves : LongestSave) + Scheduling + (_redis is null ? TimeSpan.Zero : Stopwatch.GetElapsedTime(kill.Before, kill.At));
    }

    /// <summary>One SIGKILL: the process ended between the two times; a Redis is back by the second.</summary>
    private sealed record Kill(int Number, long Before, long At, TimeSpan TimeToReady, TimeSpan MostToReady);
}
