using System.Net;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>A Redis that is filled to its end while every destination is down.</summary>
[Collection(RealServers.Name)]
public sealed class RedisFullTests : IAsyncLifetime
{
    private static readonly string Filler = new('x', 20_000);

    private readonly RedisProcess _redis = new() { More = ["--maxmemory", "48mb", "--maxmemory-policy", "noeviction"] };
    private readonly PostriderServer _server = new();
    private WebhookReceiver? _one;
    private WebhookReceiver? _other;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _one = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Breaking, keeps: false);
        _other = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Breaking, keeps: false);
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

    /// <param name="log">With a limit beyond what Redis has, Redis itself refuses, as where others fill it.</param>
    [Theory]
    [InlineData("")]
    [InlineData(", maxMemory: 1GiB")]
    public async Task P5_FilledWithEveryDestinationDown_RecoversUnaidedWhenTheyComeUp(string log)
    {
        _server.Configure(
            $"log: {{ type: redis, connection: \"127.0.0.1:{_redis.Port}\", durability: fsync, partitions: 4{log} }}\ndestinations:\n"
            + PostriderServer.Webhook("one", _one!.Address, "retry: { initial: 200ms, max: 1s }")
            + PostriderServer.Webhook("other", _other!.Address, "retry: { initial: 200ms, max: 1s }"));
        await _server.StartAsync();
        var accepted = await FillAsync();

        if (log.Length > 0)
        {
            _redis.Ask("SETRANGE junk 12000000 x");
            Assert.StartsWith("-OOM", _redis.Ask("SET more 1"), StringComparison.Ordinal);
        }

        // Its progress is saved although nothing becomes free, because the other one still needs all.
        _one.Answer = _ => WebhookAnswer.Ok;
        var one = await _server.WaitUntilSettledAsync("one", TimeSpan.FromSeconds(60));
        Assert.Equal(accepted, one.Delivered);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _server.PublishAsync("late", $"\"{Filler}\"")).Status);

        _other.Answer = _ => WebhookAnswer.Ok;
        await _server.WaitUntilSettledAsync("other", TimeSpan.FromSeconds(60));
        await Eventually.GetAsync("events are accepted again", () => _server.PublishAsync("late", $"\"{Filler}\""), answer => answer.IsAccepted, _server.Describe);

        var settled = await _server.WaitUntilSettledAsync("other");
        Assert.Equal(0, settled.DeadLetters);
        Assert.DoesNotContain("Progress could not be saved", _server.Process.Output + _server.Process.Error, StringComparison.Ordinal);
        await _server.StopAsync();
    }

    // Until five in a row are refused; how many were accepted.
    private async Task<long> FillAsync()
    {
        long accepted = 0;
        for (var refused = 0; refused < 5;)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(user => _server.PublishAsync($"user-{user}-{accepted}", $"\"{Filler}\"")));
            accepted += answers.Count(answer => answer.IsAccepted);
            refused = answers.Any(answer => answer.IsAccepted) ? 0 : refused + 1;
            Assert.All(answers.Where(answer => !answer.IsAccepted), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status));
        }

        return accepted;
    }
}
