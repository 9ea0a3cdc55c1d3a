using System.Net;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>P5: where storage is full the gateway says so, everything else goes on, and nothing accepted is dropped to make room.</summary>
/// <remarks>The limit of <c>log.maxSize</c> needs nothing but a folder. The disk that is really full is a small tmpfs, which only root may mount:
/// elsewhere that test is skipped and says so.</remarks>
[Collection(RealServers.Name)]
public sealed class FullDiskTests
{
    private const int Users = 8;

    // No user would fill a log with few events.
    private static readonly string Filler = new('x', 8 * 1024);

    [Fact]
    public async Task P5_LogReachesMaxSize_RefusesUntilDeliveriesMakeRoomAndLosesNothing()
    {
        await using var well = await WebhookReceiver.StartAsync();
        await using var down = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        await using var server = new PostriderServer("log: { maxSize: 6MiB, segmentSize: 512KiB, minFreeDisk: 1MiB }\n" + Destinations(well, down));
        await server.StartAsync("--log-level", "error");

        var published = new Published();
        var refusal = await FillAsync(server, published);
        var ready = await server.ReadyAsync();
        var status = await server.StatusAsync();
        await Eventually.TrueAsync("the well one gets all that was accepted", () => well.Arrivals.Count >= published.Count, server.Describe);

        AssertRefusal(refusal, "log.maxSize");
        Assert.True(ready.GetProperty("ready").GetBoolean());
        Assert.Contains("log.maxSize", ready.GetProperty("warning").GetString(), StringComparison.Ordinal);
        Assert.Equal("full", status.Log.State);
        Assert.Contains(status.Warnings, warning => warning.Contains("'down' pins", StringComparison.Ordinal));

        // Full is no state to lose anything in either. A start tidies up, so that there may be room for a few.
        await server.KillAsync();
        await server.StartAsync("--log-level", "error");
        AssertRefusal(await FillAsync(server, published), "log.maxSize");

        down.Answer = _ => WebhookAnswer.Ok;
        await PublishAgainAsync(server, published);
        await server.WaitUntilSettledAsync("down");
        await server.WaitUntilSettledAsync("well");

        UserOrder.AssertComplete("down", published.Ids, down.Arrivals, server.Describe());
        UserOrder.AssertComplete("well", published.Ids, well.Arrivals, server.Describe());
        Assert.Equal("ready", (await server.StatusAsync()).Log.State);
        Assert.InRange(new DirectoryInfo(server.Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 1, 8L << 20);
    }

    [Fact]
    public async Task P5_DiskIsFilledByOthersAndKilledMeanwhile_RefusesUntilThereIsSpaceAndLosesNothing()
    {
        await using var well = await WebhookReceiver.StartAsync();
        await using var down = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        await using var server = new PostriderServer("log: { path: ./disk/data, segmentSize: 512KiB, minFreeDisk: 256KiB }\n" + Destinations(well, down));
        await using var disk = await SmallDisk.MountAsync(Path.Combine(server.Folder, "disk"), "12m");
        await server.StartAsync("--log-level", "critical");
        var published = new Published();
        await PublishAsync(server, published, 2);

        // Between two looks at the free space, so that writes meet the end of the disk in their middle.
        disk.Fill();
        var refusal = await FillAsync(server, published);
        var ready = await server.ReadyAsync();
        await server.KillAsync();
        disk.Free();
        await server.StartAsync("--log-level", "error");
        down.Answer = _ => WebhookAnswer.Ok;
        await PublishAgainAsync(server, published);
        await server.WaitUntilSettledAsync("down");
        await server.WaitUntilSettledAsync("well");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.Status);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero, refusal.ToString());
        Assert.True(ready.GetProperty("ready").GetBoolean(), ready.ToString());
        UserOrder.AssertComplete("down", published.Ids, down.Arrivals, server.Describe());
        UserOrder.AssertComplete("well", published.Ids, well.Arrivals, server.Describe());
    }

    [Fact]
    public async Task P5_DiskIsFilledByOthersAndFreed_GoesOnWithoutARestart()
    {
        await using var well = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer("log: { path: ./disk/data, segmentSize: 512KiB, minFreeDisk: 256KiB }\ndestinations:\n"
            + PostriderServer.Webhook("well", well.Address));
        await using var disk = await SmallDisk.MountAsync(Path.Combine(server.Folder, "disk"), "12m");
        await server.StartAsync("--log-level", "critical");
        var published = new Published();
        await PublishAsync(server, published, 2);

        disk.Fill();
        var refusal = await FillAsync(server, published);
        disk.Free();
        await PublishAgainAsync(server, published);
        await server.WaitUntilSettledAsync("well");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.Status);
        UserOrder.AssertComplete("well", published.Ids, well.Arrivals, server.Describe());
        Assert.True((await server.ReadyAsync()).GetProperty("ready").GetBoolean());
    }

    private static string Destinations(WebhookReceiver well, WebhookReceiver down) => $"""
        destinations:
        {PostriderServer.Webhook("well", well.Address)}
        {PostriderServer.Webhook("down", down.Address, "retry: { initial: 300ms, max: 1s }")}
        """;

    private static void AssertRefusal(PublishAnswer refusal, string reason)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.Status);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero, refusal.ToString());
        Assert.Contains("error publishing event", refusal.Body, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Body, StringComparison.Ordinal);
    }

    private static async Task PublishAsync(PostriderServer server, Published published, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var user in UserOrder.Users(Users))
            {
                published.Add(user, await server.AcceptAsync(user, $"\"{Filler}\""));
            }
        }
    }

    /// <summary>Publishes until it is refused; the refusal.</summary>
    private static async Task<PublishAnswer> FillAsync(PostriderServer server, Published published)
    {
        for (var round = 0; round < 400; round++)
        {
            foreach (var user in UserOrder.Users(Users))
            {
                var answer = await server.PublishAsync(user, $"\"{Filler}\"");
                if (!answer.IsAccepted)
                {
                    return answer;
                }

                published.Add(user, answer.Id!);
            }
        }

        Assert.Fail($"{published.Count} events of {Filler.Length} bytes were accepted, more than there is room for.{server.Describe()}");
        return null!;
    }

    private static async Task PublishAgainAsync(PostriderServer server, Published published)
    {
        var answer = await Eventually.GetAsync(
            "events are taken again", () => server.PublishAsync("u1", $"\"{Filler}\""), answer => answer.IsAccepted, server.Describe);
        published.Add("u1", answer.Id!);
        await PublishAsync(server, published, 2);
    }

    private sealed class Published
    {
        private readonly Dictionary<string, List<string>> _ids = [];

        public int Count => _ids.Values.Sum(ids => ids.Count);

        public IReadOnlyDictionary<string, IReadOnlyList<string>> Ids => _ids.ToDictionary(user => user.Key, user => (IReadOnlyList<string>)user.Value);

        public void Add(string user, string id)
        {
            _ids.TryAdd(user, []);
            _ids[user].Add(id);
        }
    }
}
