using System.Globalization;
using System.Net;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;
using Postrider.Tests.Log.Redis.Topologies;

namespace Postrider.FunctionalTests.Redis.Topologies;

/// <summary>A part of a Redis Cluster is wholly lost and comes back: the other partitions go on all the while, and everything says which do not.</summary>
[Collection(RealServers.Name)]
public sealed class LostShardTests
{
    private const int Partitions = 8;
    private const int Users = 40;

    private static readonly string[] Names = [.. Enumerable.Range(0, Users).Select(number => string.Create(CultureInfo.InvariantCulture, $"user-{number}"))];

    [Fact]
    public async Task P4_ShardLostAndBack_OnlyItsPartitionsRefuseAndTheOthersDeliver()
    {
        TorturePlan.SkipUnlessLonger();
        await using var redis = new RedisClusterProcess();
        await redis.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(string.Create(CultureInfo.InvariantCulture, $$"""
            log: { type: redis, connection: "{{redis.Nodes[2].Address}}", durability: fsync, partitions: {{Partitions}} }
            destinations:
            {{PostriderServer.Webhook("crm", receiver.Address)}}
            """));
        await server.StartAsync();
        var partitions = new Dictionary<string, int>();
        foreach (var user in Names)
        {
            partitions[user] = PartitionIn(await server.AcceptAsync(user, "1"));
        }

        // The one that holds what the processes tell each other: more than its partitions hang on it.
        var master = redis.MasterOf(redis.SlotOf("{all}"))!;
        var lost = Enumerable.Range(0, Partitions).Where(number => redis.MasterOf(redis.SlotOf(Tag(number))) == master).ToList();
        Assert.NotEmpty(lost);
        Assert.True(lost.Count < Partitions, "All partitions are on one shard.");
        await server.WaitUntilSettledAsync("crm");
        await Task.WhenAll(redis.ReplicasOf(master).Append(master).Select(node => node.KillAsync()));
        var status = await Eventually.GetAsync("the status says that a part is away", server.StatusAsync, status => status.Log.State == "partial", server.Describe);

        Assert.StartsWith($"Partition{(lost.Count == 1 ? "" : "s")} {string.Join(", ", lost)} of {Partitions}", status.Log.Reason, StringComparison.Ordinal);
        Assert.True(status.Ready);
        var answers = await Task.WhenAll(Names.Select(async user => (User: user, Answer: await server.PublishAsync(user, "2"))));
        Assert.All(answers, answer => Assert.Equal(
            lost.Contains(partitions[answer.User]) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.Answer.Status));
        await Eventually.TrueAsync("the others' events arrive", () => answers.Where(answer => answer.Answer.IsAccepted)
            .All(answer => receiver.Arrivals.Any(arrival => arrival.Id == answer.Answer.Id)), server.Describe);

        foreach (var node in redis.Nodes.Where(node => !node.IsRunning))
        {
            await node.StartAsync();
        }

        await Eventually.GetAsync("all is well again", server.StatusAsync, later => later is { Ready: true, Log.State: "ready" }, server.Describe, TimeSpan.FromSeconds(60));
        var ids = await Task.WhenAll(Names.Select(user => server.AcceptAsync(user, "3")));
        await server.WaitUntilSettledAsync("crm", TimeSpan.FromSeconds(60));
        Assert.Empty(ids.Except(receiver.Arrivals.Select(arrival => arrival.Id)));
        await server.StopAsync();
    }

    private static string Tag(int partition) => string.Create(CultureInfo.InvariantCulture, $"{{p{partition}}}");

    // evt_{log}-{partition}-{generation}-{position}
    private static int PartitionIn(string id) => int.Parse(id.Split('-')[1], CultureInfo.InvariantCulture);
}
