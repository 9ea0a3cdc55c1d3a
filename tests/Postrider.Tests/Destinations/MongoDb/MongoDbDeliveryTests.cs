using CsCheck;
using MongoDB.Bson;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;

namespace Postrider.Tests.Destinations.MongoDb;

/// <summary>What every server must do alike.</summary>
public sealed class MongoDbDeliveryTests
{
    [Fact]
    public async Task Deliver_PublishEvents_AreDocumentsInOrder()
    {
        await using var mongo = new TestMongo();
        var batch = Enumerable.Range(1, 500).Select(n => TestMongo.Event(n, $"u{n % 7}")).ToList();

        var results = await mongo.Open().DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        var documents = await mongo.DocumentsAsync();
        Assert.Equal(batch.Select(attempt => attempt.Event.Id), documents.Select(document => document["_id"].AsString));
        Assert.Equal(new BsonDocument { { "_id", batch[7].Event.Id }, { "userId", "u1" }, { "payload", 8 } }, documents[7]);
        Assert.Equal(500, await mongo.CountAsync());
    }

    [Fact]
    public async Task Deliver_SameBatchAgain_ChangesNothingAndIsDelivered()
    {
        await using var mongo = new TestMongo();
        var batch = Enumerable.Range(1, 300).Select(n => TestMongo.Event(n, "u")).ToList();
        var destination = mongo.Open();
        await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);

        var results = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(300, (await mongo.DocumentsAsync()).Count);
    }

    [Fact]
    public async Task Deliver_SomeAreThere_WritesTheRestInOrder()
    {
        await using var mongo = new TestMongo();
        var batch = Enumerable.Range(1, 40).Select(n => TestMongo.Event(n, "u")).ToList();
        var destination = mongo.Open();
        await destination.DeliverAsync([batch[2], batch[3], batch[17], batch[30]], TestContext.Current.CancellationToken);

        var results = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(40, (await mongo.DocumentsAsync()).Count);
    }

    [Fact]
    public async Task Deliver_BodyThatIsNoDocument_IsRejectedAndHoldsBackItsKeyOnly()
    {
        await using var mongo = new TestMongo();
        DeliveryAttempt[] batch = [TestMongo.Event(1, "a"), TestMongo.Event(2, "a", """{"x":1,"x":2}"""), TestMongo.Event(3, "b"), TestMongo.Event(4, "a"), TestMongo.Event(5)];

        var results = await mongo.Open().DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(
            [DeliveryOutcome.Delivered, DeliveryOutcome.Rejected, DeliveryOutcome.Delivered, DeliveryOutcome.NotAttempted, DeliveryOutcome.Delivered],
            results.Select(result => result.Outcome));
        Assert.Equal("document", results[1].ErrorClass);
        Assert.Equal([1, 3, 5], (await mongo.DocumentsAsync()).Select(document => document["payload"].AsInt32));
    }

    [Fact]
    public async Task Deliver_SecondOfAUniqueValue_IsRejectedAndTheOthersGoOn()
    {
        await using var mongo = new TestMongo();
        var settings = mongo.Settings with { Indexes = [new MongoDbIndex { Fields = ["email"], Unique = true }, new MongoDbIndex { Fields = ["userId", "-payload.at"] }] };
        DeliveryAttempt[] batch =
        [
            TestMongo.Event(1, "a", """{"email":"x"}"""), TestMongo.Event(2, "b", """{"email":"x"}"""),
            TestMongo.Event(3, "c", """{"email":"y"}"""), TestMongo.Event(4, "d", """{"email":"x"}"""), TestMongo.Event(5, "b", """{"email":"z"}"""),
        ];

        var results = await mongo.Open(settings).DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(
            [DeliveryOutcome.Delivered, DeliveryOutcome.Rejected, DeliveryOutcome.Delivered, DeliveryOutcome.Rejected, DeliveryOutcome.NotAttempted],
            results.Select(result => result.Outcome));
        Assert.Equal("duplicate", results[1].ErrorClass);
        Assert.Equal(["x", "y"], (await mongo.DocumentsAsync()).Select(document => document["email"].AsString));
        Assert.Contains("userId_1_payload.at_-1", (await mongo.IndexesAsync()).Select(index => index["name"].AsString));
    }

    [Fact]
    public async Task Deliver_UniqueIndexOverDuplicates_WaitsWithAReason()
    {
        await using var mongo = new TestMongo();
        await mongo.Open().DeliverAsync([TestMongo.Event(1, "same"), TestMongo.Event(2, "same")], TestContext.Current.CancellationToken);
        var settings = mongo.Settings with { Indexes = [new MongoDbIndex { Fields = ["userId"], Unique = true }] };

        var results = await mongo.Open(settings).DeliverAsync([TestMongo.Event(3, "other"), TestMongo.Event(4, "other")], TestContext.Current.CancellationToken);

        Assert.Equal([DeliveryOutcome.Retry, DeliveryOutcome.NotAttempted], results.Select(result => result.Outcome));
        Assert.Equal("index", results[0].ErrorClass);
        Assert.Contains("documents with the same values exist", results[0].Reason, StringComparison.Ordinal);
        Assert.Equal(2, await mongo.CountAsync());
    }

    [Fact]
    public async Task Deliver_CollectionPerType_KeepsEachCollectionsOrder()
    {
        await using var mongo = new TestMongo();
        var settings = mongo.Settings with { Collection = "e_{type}_{source}_{year}" };
        var types = new[] { "track", "page", null, "track" };
        var batch = Enumerable.Range(1, 40).Select(n => TestMongo.Event(n, $"u{n % 3}", type: types[n % 4])).ToList();

        var results = await mongo.Open(settings).DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        var year = batch[0].Event.ReceivedAt.Year;
        var tracks = (await mongo.DocumentsAsync($"e_track_app_{year}")).Select(document => document["payload"].AsInt32).ToList();
        Assert.Equal(20, tracks.Count);
        Assert.All(Enumerable.Range(0, 3), user => Assert.Equal(tracks.Where(n => n % 3 == user).Order(), tracks.Where(n => n % 3 == user)));
        Assert.Equal(10, (await mongo.DocumentsAsync($"e_untyped_app_{year}")).Count);
    }

    [Fact]
    public async Task Upsert_NewerAndLateEvents_LeavesTheNewest()
    {
        await using var mongo = new TestMongo();
        var destination = mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "userId" });
        await destination.DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(2, "b"), TestMongo.Event(5, "a")], TestContext.Current.CancellationToken);

        var late = await destination.DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(3, "b")], TestContext.Current.CancellationToken);

        Assert.All(late, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        var documents = await mongo.DocumentsAsync();
        Assert.Equal([("a", 5), ("b", 3)], documents.Select(document => (document["_id"].AsString, document["payload"].AsInt32)));
        Assert.Equal(["_id", "userId", "payload", "_postrider"], documents[0].Names);
        Assert.Equal(5, documents[0]["_postrider"]["position"].AsInt64);
        Assert.Equal(0, documents[0]["_postrider"]["generation"].AsInt64);
    }

    [Fact]
    public async Task Upsert_AnyOrderAndRepeats_LeavesTheNewestOfEachKey()
    {
        await using var mongo = new TestMongo();
        var destination = mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "userId" });
        var round = 0;
        await Gen.Select(Gen.Int[1, 3], Gen.Long[1, 40]).Array[1, 12].Array[1, 6].SampleAsync(
            async batches =>
            {
                var prefix = $"{Interlocked.Increment(ref round)}-";
                foreach (var batch in batches)
                {
                    var results = await destination.DeliverAsync([.. batch.Select(item => TestMongo.Event(item.Item2, prefix + item.Item1))], CancellationToken.None);
                    Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
                }

                var newest = batches.SelectMany(batch => batch).GroupBy(item => prefix + item.Item1).ToDictionary(group => group.Key, group => group.Max(item => item.Item2));
                var found = (await mongo.DocumentsAsync()).Where(document => document["_id"].AsString.StartsWith(prefix, StringComparison.Ordinal)).ToList();
                Assert.Equal(newest.Count, found.Count);
                Assert.All(found, document => Assert.Equal(newest[document["_id"].AsString], document["payload"].ToInt64()));
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public async Task Upsert_AnotherLog_IsNewerWhenReceivedLater()
    {
        await using var mongo = new TestMongo();
        var destination = mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "userId" });
        var day = DateTimeOffset.UnixEpoch.AddDays(20_000);
        await destination.DeliverAsync([TestMongo.Event(1000, "a", receivedAt: day)], TestContext.Current.CancellationToken);

        await destination.DeliverAsync([TestMongo.Event(1, "a", log: "newlog", receivedAt: day.AddDays(1))], TestContext.Current.CancellationToken);
        await destination.DeliverAsync([TestMongo.Event(1001, "a", receivedAt: day)], TestContext.Current.CancellationToken);

        Assert.Equal(1, Assert.Single(await mongo.DocumentsAsync())["payload"].AsInt32);
    }

    [Theory]
    [InlineData("""{"payload":1}""", "no value")]
    [InlineData("""{"userId":null}""", "no value")]
    [InlineData("""{"userId":{"a":1}}""", "not a text")]
    [InlineData("""{"userId":["a"]}""", "not a text")]
    public async Task Upsert_KeyThatIsNone_IsRejected(string body, string part)
    {
        await using var mongo = new TestMongo();
        var destination = mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "userId" });

        var result = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1, "", body)], TestContext.Current.CancellationToken));

        Assert.Equal(DeliveryOutcome.Rejected, result.Outcome);
        Assert.Contains(part, result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upsert_DollarsInValuesAndNames_StayWhatTheyAre()
    {
        await using var mongo = new TestMongo();
        var destination = mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "payload.order" });

        await destination.DeliverAsync([TestMongo.Event(1, "a", """{"payload":{"order":7,"text":"$$ROOT","deep":{"a.b":"$x"}}}""")], TestContext.Current.CancellationToken);

        var document = Assert.Single(await mongo.DocumentsAsync());
        Assert.Equal(7, document["_id"].AsInt32);
        Assert.Equal(new BsonDocument { { "order", 7 }, { "text", "$$ROOT" }, { "deep", new BsonDocument("a.b", "$x") } }, document["payload"]);
    }

    [Fact]
    public async Task Dispose_OneOfTwoWithTheSameSettings_LeavesTheOther()
    {
        await using var mongo = new TestMongo();
        var (one, other) = (mongo.Open(), mongo.Open());
        await one.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken);
        await other.DeliverAsync([TestMongo.Event(2)], TestContext.Current.CancellationToken);

        await one.DisposeAsync();
        var result = Assert.Single(await other.DeliverAsync([TestMongo.Event(3)], TestContext.Current.CancellationToken));

        Assert.Equal(DeliveryOutcome.Delivered, result.Outcome);
        Assert.Equal(3, await mongo.CountAsync());
    }

    [Theory]
    [InlineData(MongoDbMode.Insert)]
    [InlineData(MongoDbMode.Upsert)]
    public async Task Deliver_DocumentOfFullSize_IsWritten(MongoDbMode mode)
    {
        await using var mongo = new TestMongo();
        var body = $$"""{"userId":"u","filler":"{{new string('x', JsonToBson.MaxBytes - 100)}}"}""";

        var result = Assert.Single(await mongo.Open(mongo.Settings with { Mode = mode, Key = mode == MongoDbMode.Upsert ? "userId" : null })
            .DeliverAsync([TestMongo.Event(1, "u", body)], TestContext.Current.CancellationToken));

        Assert.Equal(DeliveryOutcome.Delivered, result.Outcome);
        Assert.Equal(1, await mongo.CountAsync());
    }

    [Fact]
    public async Task Deliver_MoreThanACommandHolds_WritesAll()
    {
        await using var mongo = new TestMongo();
        var filler = new string('x', 4_000_000);
        var batch = Enumerable.Range(1, 5).Select(n => TestMongo.Event(n, "u", $$"""{"n":{{n}},"filler":"{{filler}}"}""")).ToList();

        var results = await mongo.Open().DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal([1, 2, 3, 4, 5], (await mongo.DocumentsAsync()).Select(document => document["n"].AsInt32));
    }
}
