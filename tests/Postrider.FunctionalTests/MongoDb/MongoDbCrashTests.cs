using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Promises;

namespace Postrider.FunctionalTests.MongoDb;

/// <summary>The real executable writes to a MongoDB server, in this process or a real one, and is killed while it does.</summary>
[Collection(RealServers.Name)]
public sealed class MongoDbCrashTests
{
    private const int Users = 100;
    private const int EventsOfAUser = 100;

    [Fact]
    public async Task P7_KilledFiveTimesDuringDelivery_LeavesOneDocumentForEachEventInOrder()
    {
        await using var mongo = new CrashDatabase();
        await using var server = new PostriderServer(Configuration(mongo, "insert"));
        await PublishWhilePausedAsync(server);

        await mongo.KillDuringDeliveryAsync(server, () => server.ResumeAsync("warehouse"));
        await server.WaitUntilSettledAsync("warehouse", TimeSpan.FromSeconds(120));

        var documents = await mongo.DocumentsAsync();
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
        await using var mongo = new CrashDatabase();
        await using var server = new PostriderServer(Configuration(mongo, "upsert", "key: userId"));
        await PublishWhilePausedAsync(server);

        await mongo.KillDuringDeliveryAsync(server, () => server.ResumeAsync("warehouse"));
        await server.WaitUntilSettledAsync("warehouse", TimeSpan.FromSeconds(120));

        var documents = await mongo.DocumentsAsync();
        Assert.Equal(UserOrder.Users(Users).Order(StringComparer.Ordinal), documents.Select(document => document["_id"].AsString).Order(StringComparer.Ordinal));
        Assert.All(documents, document => Assert.Equal(EventsOfAUser, document["payload"].AsInt32));
    }

    private static string Configuration(CrashDatabase mongo, string mode, string more = "") => $"""
        destinations:
          warehouse:
            type: mongodb
            connection: {mongo.Connection}
            database: {mongo.Name}
            collection: {CrashDatabase.Collection}
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
}
