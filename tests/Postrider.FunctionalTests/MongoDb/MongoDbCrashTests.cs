using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Promises;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.FunctionalTests.MongoDb;

/// <summary>The real executable writes to a MongoDB server in this process, and is killed while it does.</summary>
[Collection(RealServers.Name)]
public sealed class MongoDbCrashTests
{
    private const string Database = "warehouse";
    private const string Collection = "events";
    private const int Users = 100;
    private const int EventsOfAUser = 100;
    private const int Kills = 5;

    [Fact]
    public async Task P7_KilledFiveTimesDuringDelivery_LeavesOneDocumentForEachEventInOrder()
    {
        await using var mongo = new WireServer();
        await using var server = new PostriderServer(Configuration(mongo, "insert"));
        await PublishWhilePausedAsync(server);

        await KillDuringDeliveryAsync(server, mongo);
        await server.WaitUntilSettledAsync("warehouse", TimeSpan.FromSeconds(120));

        var documents = mongo.Commands.DocumentsOf(Database, Collection);
        Assert.Equal(Users * EventsOfAUser, documents.Count);
        Assert.Equal(documents.Count, documents.Select(document => document["_id"]).Distinct().Count());
        foreach (var user in documents.GroupBy(document => document["userId"].AsString))
        {
            Assert.Equal(Enumerable.Range(1, EventsOfAUser), user.Select(document => document["payload"].AsInt32));
        }

        Assert.Equal(["_id", "userId", "payload", "filler"], documents[0].Names);
        Assert.Equal(0, (await server.StatusOfAsync("warehouse")).DeadLetters);
    }

    [Fact]
    public async Task P7_KilledDuringUpserts_LeavesTheNewestEventOfEachKey()
    {
        await using var mongo = new WireServer();
        await using var server = new PostriderServer(Configuration(mongo, "upsert", "key: userId"));
        await PublishWhilePausedAsync(server);

        await KillDuringDeliveryAsync(server, mongo);
        await server.WaitUntilSettledAsync("warehouse", TimeSpan.FromSeconds(120));

        var documents = mongo.Commands.DocumentsOf(Database, Collection);
        Assert.Equal(UserOrder.Users(Users).Order(StringComparer.Ordinal), documents.Select(document => document["_id"].AsString).Order(StringComparer.Ordinal));
        Assert.All(documents, document => Assert.Equal(EventsOfAUser, document["payload"].AsInt32));
    }

    private static string Configuration(WireServer mongo, string mode, string more = "") => $"""
        destinations:
          warehouse:
            type: mongodb
            connection: {mongo.Connection}
            database: {Database}
            collection: {Collection}
            mode: {mode}
            retry: {"{"} initial: 100ms, max: 500ms {"}"}
            {more}

        """;

    private static async Task PublishWhilePausedAsync(PostriderServer server)
    {
        await server.StartAsync("--log-level", "error");
        await server.PauseAsync("warehouse");
        await Task.WhenAll(UserOrder.Users(Users).Select(user =>
            PipeliningClient.PublishAsync(server.Gateway, user, EventsOfAUser, "", TestContext.Current.CancellationToken)));
    }

    // Each kill comes when some more writes have, with the next ones under way: each write waits a moment, so that they are.
    private static async Task KillDuringDeliveryAsync(PostriderServer server, WireServer mongo)
    {
        for (var kill = 1; kill <= Kills; kill++)
        {
            var writes = Writes(mongo) + 3;
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (var command in new[] { "insert", "update" })
            {
                mongo.Plan(new WireFault(command) { Times = 2 });
                mongo.Plan(new WireFault(command) { Until = held.Task, Times = 2, CutAfter = kill * 7 });
            }

            if (kill == 1)
            {
                await server.ResumeAsync("warehouse");
            }

            await Eventually.TrueAsync(
                string.Create(CultureInfo.InvariantCulture, $"{writes} writes have come before kill {kill}"), () => Writes(mongo) >= writes, server.Describe);
            await server.KillAsync();
            held.SetResult();
            await server.StartAsync("--log-level", "error");
        }
    }

    private static int Writes(WireServer mongo) => mongo.CountOf("insert") + mongo.CountOf("update");
}
