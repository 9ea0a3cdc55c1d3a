using System.Text;
using System.Text.Json;
using Postrider.Delivery;
using Postrider.Log;
using Postrider.Log.Redis;
using Postrider.Tests.Delivery;
using StackExchange.Redis;

namespace Postrider.Tests.Log.Redis.Versions;

/// <summary>
/// A newer Postrider works beside this one on the same log, or has: what it may have added is passed over and kept, and what this one cannot
/// read stops it with an explanation. Nothing of it is skipped.
/// </summary>
public sealed class NewerVersionTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_LogOfANewerFormat_IsRefusedWithTheCure()
    {
        var options = server.Options();
        await (await server.OpenAsync(options)).DisposeAsync();
        Assert.Equal("1", await server.Database.HashGetAsync(options.Prefix + ":meta", "format"));
        await server.Database.HashSetAsync(options.Prefix + ":meta", "format", 2);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => server.OpenAsync(options));

        Assert.Contains("Run the newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_LogWithoutAFormat_IsOfTheFirst()
    {
        var options = server.Options();
        await (await server.OpenAsync(options)).DisposeAsync();
        await server.Database.HashDeleteAsync(options.Prefix + ":meta", "format");

        await using var log = await server.OpenAsync(options);
        await log.AppendAsync(TestEvents.Numbered(1));
    }

    [Fact]
    public async Task Metas_HoldMoreThanThisVersionKnows_ItIsPassedOverAndKept()
    {
        var options = server.Options() with { Sharing = new SharingOptions { Lease = TimeSpan.FromSeconds(1) } };
        var keys = new PartitionKeys(options.Prefix, 0);
        await using (var first = await server.OpenAsync(options))
        {
            await first.AppendAsync(TestEvents.Numbered(1));
        }

        RedisKey[] metas = [options.Prefix + ":meta", keys.Meta];
        foreach (var meta in metas)
        {
            await server.Database.HashSetAsync(meta, [new("colour", "blue"), new("weight", 12)]);
        }

        await using var log = await server.OpenAsync(options);
        await log.AppendAsync(TestEvents.Numbered(2));

        Assert.Equal(2, (await log.Partitions[0].ReadAsync(1, 3, 1000, Cancellation)).Count);
        foreach (var meta in metas)
        {
            Assert.Equal(["blue", "12"], (await server.Database.HashGetAsync(meta, ["colour", "weight"])).Select(value => (string?)value));
        }
    }

    [Fact]
    public async Task State_HoldsMoreThanThisVersionKnows_ItIsPassedOverAndKept()
    {
        var options = server.Options();
        var keys = new PartitionKeys(options.Prefix, 0);
        await using var log = await server.OpenAsync(options);
        await log.AppendAsync(TestEvents.Numbered(1));
        var state = log.Partitions[0].State;
        await state.RegisterAsync([new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = Now }], ["crm"], Now, Cancellation);
        var destinations = keys.State("dests");
        await server.Database.HashSetAsync(destinations, DestinationCodec.Field("crm", 'x'), "news");
        await server.Database.HashSetAsync(keys.State("state"), "more", "news");

        await state.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(2), Counters = default, Changes = [] }], Cancellation);

        Assert.Equal(2, Assert.Single(await state.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
        Assert.Equal("news", await server.Database.HashGetAsync(destinations, DestinationCodec.Field("crm", 'x')));
        Assert.Equal("news", await server.Database.HashGetAsync(keys.State("state"), "more"));
    }

    [Fact]
    public async Task Sharing_MembersAndControlsSayMoreThanThisVersionKnows_TheRestIsHeard()
    {
        var options = server.Options() with { Sharing = new SharingOptions { Lease = TimeSpan.FromMinutes(1) } };
        var keys = new SharingKeys(options.Prefix);
        await using var log = await server.OpenAsync(options);
        var now = (await server.Database.ExecuteAsync("TIME")) is { } time ? (long)((RedisResult[])time!)[0] * 1000 : 0;
        await server.Database.HashSetAsync(keys.Members,
        [
            new("newer", $$$"""{{{now}}} {"role":"gateway","version":"9.0","destinations":["crm"],"colour":"blue","nested":{"a":[1]}}"""),
            new("strange", $"{now} \u0001\u0002 no JSON at all"),
        ]);
        await server.Database.HashSetAsync(keys.Statuses, "newer", """[{"name":"crm","state":77,"inFlight":3,"colour":"blue"}]""");
        await server.Database.HashSetAsync(keys.Controls,
        [
            new("crm\0c", """{"paused":true,"disabledReason":null,"colour":"blue"}"""),
            new("crm\0x", "of a kind that comes later"),
            new("\0v", "7"),
        ]);

        await log.Sharing!.RefreshAsync(Cancellation);

        var newer = Assert.Single(log.Sharing.Members, member => member.Id == "newer").Description;
        Assert.Equal(("gateway", "9.0"), (newer.Role, newer.Version));
        Assert.Equal(["crm"], newer.Destinations);
        Assert.DoesNotContain(log.Sharing.Members, member => member.Id == "strange");
        Assert.True(await server.Database.HashExistsAsync(keys.Members, "strange"));
        Assert.True(log.Sharing.Controls["crm"].Control!.Paused);
        var status = JsonSerializer.Deserialize((await log.Sharing.ReadStatusesAsync(Cancellation))["newer"], DeliveryJson.Default.ListMemberDestination);
        Assert.Equal(("crm", 3), (status![0].Name, status[0].InFlight));
        Assert.True(log.Partitions[0].Lease.IsValid);
    }

    [Fact]
    public async Task Controls_AreOfAFormThatComesLater_LeasesAndTheOtherControlsGoOn()
    {
        var options = server.Options() with { Sharing = new SharingOptions { Lease = TimeSpan.FromSeconds(1) } };
        var keys = new SharingKeys(options.Prefix);
        await using var log = await server.OpenAsync(options);
        await server.Database.HashSetAsync(keys.Controls, [new("crm\0c", "no JSON"), new("web\0c", """{"paused":true,"disabledReason":null}"""), new("\0v", "7")]);

        await Eventually.TrueAsync("the other one is heard of", () => log.Sharing!.Controls.GetValueOrDefault("web")?.Control?.Paused is true);
        var renewed = await server.Database.HashGetAsync(new PartitionKeys(options.Prefix, 0).Meta, "until");
        await Eventually.TrueAsync("leases are renewed", () => server.Database.HashGet(new PartitionKeys(options.Prefix, 0).Meta, "until") != renewed);
    }

    [Fact]
    public async Task AskOwner_OfSomethingThatComesLater_IsAnsweredWithAnError()
    {
        var options = server.Options() with { Sharing = new SharingOptions() };
        await using var log = await server.OpenAsync(options);
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = new FakeDestination() }, log: log);
        await using var newer = await server.OpenAsync(options with { Sharing = new SharingOptions { Delivers = false } });

        foreach (var request in new[] { """{"kind":"dance","colour":"blue"}""", "no JSON" })
        {
            var answer = JsonSerializer.Deserialize(await newer.Sharing!.AskOwnerAsync(0, Encoding.UTF8.GetBytes(request), Cancellation), DeliveryJson.Default.OwnerAnswer);
            Assert.NotNull(answer!.Error);
        }
    }

    [Fact]
    public async Task Deliver_AnEventOfANewerVersion_StopsItsPartitionAndSaysSoAndTheOtherGoesOn()
    {
        var options = server.Options() with { Partitions = 2 };
        await using var log = await server.OpenAsync(options);
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = destination }, log: log);
        var (stopped, going) = (await FindKeyAsync(log, 0), await FindKeyAsync(log, 1));
        await Eventually.TrueAsync("all are delivered", () => destination.Attempts.Select(attempt => attempt.Event.Key).ToHashSet() is var keys && keys.Contains(stopped) && keys.Contains(going));
        var partition = log.Partitions[0];
        var planted = partition.EndPosition;

        // As a newer gateway would.
        var bytes = TestEvents.Create("{}", stopped).Memory.ToArray();
        bytes[0]++;
        var keys = new PartitionKeys(options.Prefix, 0);
        await server.Database.StreamAddAsync(keys.Log, "d", bytes, $"{partition.Generation}-{planted}");
        await server.Database.HashSetAsync(keys.Meta, "last", planted);
        var (behind, other) = (TestEvents.Create("{}", stopped), TestEvents.Create("{}", going));
        await Eventually.TrueAsync("the log says why", () => log.Condition is { State: LogState.Corrupt, Reason: { } reason } && reason.Contains("Run the newer version", StringComparison.Ordinal));
        await log.AppendAsync(behind);
        await log.AppendAsync(other);

        await Eventually.TrueAsync("the other partition goes on", () => destination.Attempts.Any(attempt => attempt.Event.Id == other.Id));
        Assert.DoesNotContain(destination.Attempts, attempt => attempt.Event.Place.Partition == 0 && attempt.Event.Place.Position >= planted);
        var record = Assert.Single(await log.Partitions[0].State.LoadDestinationsAsync(Cancellation));
        Assert.True(record.Progress.Cursor <= planted);
        Assert.True(behind.Place.Position > planted);
    }

    private static async Task<string> FindKeyAsync(RedisLog log, int partition)
    {
        for (var i = 0; ; i++)
        {
            var sent = TestEvents.Create("{}", $"key-{i}");
            await log.AppendAsync(sent);
            if (sent.Place.Partition == partition)
            {
                return sent.Key!;
            }
        }
    }
}
