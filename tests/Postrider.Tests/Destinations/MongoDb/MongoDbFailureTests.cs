using CsCheck;
using MongoDB.Bson;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.Tests.Destinations.MongoDb;

/// <summary>What a server that fails to order shows: a real one cannot be told to.</summary>
public sealed class MongoDbFailureTests
{
    [Theory]
    [InlineData(10107, "NotWritablePrimary", "not-primary")]
    [InlineData(11602, "InterruptedDueToReplStateChange", "not-primary")]
    [InlineData(91, "ShutdownInProgress", "not-primary")]
    [InlineData(13, "Unauthorized", "auth")]
    [InlineData(8000, "AtlasError", "auth")]
    [InlineData(50, "MaxTimeMSExpired", "server-timeout")]
    [InlineData(14031, "OutOfDiskSpace", "storage")]
    [InlineData(6, "HostUnreachable", "network")]
    [InlineData(166, "CommandNotSupportedOnView", "unavailable")]
    public async Task Deliver_CommandRefused_IsRetriedWithItsClass(int code, string name, string errorClass)
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("insert", code, name, "RetryableWriteError"));
        var destination = mongo.Open();

        var failed = await destination.DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(2, "a"), TestMongo.Event(3, "b")], TestContext.Current.CancellationToken);
        var again = await destination.DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(2, "a"), TestMongo.Event(3, "b")], TestContext.Current.CancellationToken);

        Assert.Equal([DeliveryOutcome.Retry, DeliveryOutcome.NotAttempted, DeliveryOutcome.Retry], failed.Select(result => result.Outcome));
        Assert.Equal(errorClass, failed[0].ErrorClass);
        Assert.DoesNotContain("planted", failed[0].Reason, StringComparison.Ordinal);
        Assert.All(again, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(2, mongo.Wire.CountOf("insert"));
    }

    [Fact]
    public async Task Deliver_CommandRefusedWithoutALabel_IsRetriedAsTheCommand()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("insert", 166, "CommandNotSupportedOnView"));

        var result = Assert.Single(await mongo.Open().DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(("command", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome));
    }

    [Fact]
    public async Task Deliver_DocumentRefusedWithTheLabelOfAPassingFailure_IsRetriedAndSoIsWhatStandsBehind()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(new WireFault("insert")
        {
            Answer = new BsonDocument
            {
                { "ok", 1 }, { "n", 0 },
                { "writeErrors", new BsonArray { new BsonDocument { { "index", 0 }, { "code", 121 }, { "errmsg", "planted-message" } } } },
                { "errorLabels", new BsonArray { "RetryableWriteError" } },
            },
        });

        var results = await mongo.Open().DeliverAsync([TestMongo.Event(1), TestMongo.Event(2)], TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(("unavailable", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome)));
        Assert.Equal(1, mongo.Wire.CountOf("insert"));
    }

    [Fact]
    public async Task Deliver_RightsToOneOfSeveralCollectionsMissing_IsTheMatterOfThatCollection()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("insert", 13, "Unauthorized"));
        var destination = mongo.Open(mongo.Settings with { Collection = "{type}" });

        var result = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1, type: "secret")], TestContext.Current.CancellationToken));

        Assert.Equal(("rights", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome));
    }

    [Fact]
    public async Task Deliver_ConnectionIsCutDuringTheLogin_SaysNothingOfThePassword()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(new WireFault("saslStart") { Times = 100, CutAfter = 0 });
        var connection = mongo.Connection.Replace("://", "://planted-user:planted-secret@", StringComparison.Ordinal);

        var result = Assert.Single(await mongo.Open(mongo.Settings with { Connection = connection }).DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(("network", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome));
    }

    [Fact]
    public async Task Create_FixedCollection_ItsIndexesAreCreatedBeforeAnyEventAndAgainAfterAFailure()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("createIndexes", 67, "CannotCreateIndex"));
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();

        mongo.Open(mongo.Settings with { Indexes = [new MongoDbIndex { Fields = ["a"] }] }, time: time);

        await Delivery.Eventually.TrueAsync("it was refused", () => mongo.Wire.CountOf("createIndexes") == 1);
        await Delivery.Eventually.TrueAsync("it stands", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return (await mongo.IndexesAsync()).Exists(index => index["name"] == "a_1");
        });
        Assert.Equal(2, mongo.Wire.CountOf("createIndexes"));
        Assert.Equal(0, await mongo.CountAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150)]
    [InlineData(499)]
    [InlineData(500)]
    public async Task Deliver_ConnectionCutInMidBatch_IsRetriedAndTheRepeatLeavesOneDocumentEach(int written)
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(new WireFault("insert") { CutAfter = written });
        var batch = Enumerable.Range(1, 500).Select(n => TestMongo.Event(n, $"u{n % 5}")).ToList();
        var destination = mongo.Open();

        var cut = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);
        var seen = mongo.Wire.Seen.Count;
        var again = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(cut.Take(5), result => Assert.Equal(("network", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome)));
        Assert.All(cut.Skip(5), result => Assert.Equal(DeliveryOutcome.NotAttempted, result.Outcome));
        Assert.All(again, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(batch.Select(attempt => attempt.Event.Id), (await mongo.DocumentsAsync()).Select(document => document["_id"].AsString));
        Assert.InRange(mongo.Wire.Seen.Skip(seen).Count(name => name is "insert" or "find"), 1, 4);
    }

    [Theory]
    [InlineData(121, "validation")]
    [InlineData(10334, "too-large")]
    [InlineData(57, "document")]
    public async Task Deliver_DocumentRefused_IsRejectedAndTheOthersGoOn(int code, string errorClass)
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Commands.Refuse = document => document["payload"] == 2 || document["payload"] == 5 ? code : null;
        var batch = Enumerable.Range(1, 8).Select(n => TestMongo.Event(n, n % 2 == 0 ? "even" : "odd")).ToList();

        var results = await mongo.Open().DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal([1, 3], (await mongo.DocumentsAsync()).Select(document => document["payload"].AsInt32));
        Assert.Equal("DRDNRNNN", string.Concat(results.Select(result => result.Outcome.ToString()[0])));
        Assert.Equal(errorClass, results[1].ErrorClass);
        Assert.Equal(code, results[1].Status);
    }

    [Fact]
    public async Task Deliver_EveryDocumentRefused_EndsAfterABoundedNumberOfCommands()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Commands.Refuse = _ => 121;

        var results = await mongo.Open().DeliverAsync([.. Enumerable.Range(1, 500).Select(n => TestMongo.Event(n))], TestContext.Current.CancellationToken);

        Assert.Equal(RunWriter.MaxCommands, mongo.Wire.CountOf("insert"));
        Assert.Equal(RunWriter.MaxCommands, results.Count(result => result.Outcome == DeliveryOutcome.Rejected));
        Assert.All(results.Skip(RunWriter.MaxCommands), result => Assert.Equal(DeliveryOutcome.NotAttempted, result.Outcome));
    }

    [Fact]
    public async Task Deliver_UnknownErrorOfOneDocument_IsRetriedAndTheOthersGoOn()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Commands.Refuse = document => document["payload"] == 1 ? 112 : null;

        var results = await mongo.Open().DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(2, "a"), TestMongo.Event(3, "b")], TestContext.Current.CancellationToken);

        Assert.Equal("RND", string.Concat(results.Select(result => result.Outcome.ToString()[0])));
        Assert.Equal("write", results[0].ErrorClass);
    }

    [Fact]
    public async Task Deliver_ServerStepsDownInMidBatch_LeavesTheRest()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Commands.Refuse = document => document["payload"] == 2 ? 189 : null;

        var results = await mongo.Open().DeliverAsync([TestMongo.Event(1), TestMongo.Event(2), TestMongo.Event(3)], TestContext.Current.CancellationToken);

        Assert.Equal("DRR", string.Concat(results.Select(result => result.Outcome.ToString()[0])));
        Assert.Equal("not-primary", results[2].ErrorClass);
        Assert.Equal(1, mongo.Wire.CountOf("insert"));
    }

    [Theory]
    [InlineData(MongoDbMode.Insert, "insert")]
    [InlineData(MongoDbMode.Upsert, "update")]
    public async Task Deliver_WriteConcernNotMet_IsRetriedUntilItIs(MongoDbMode mode, string command)
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(new WireFault(command) { Times = 2, WriteConcernError = new BsonDocument { { "code", 64 }, { "errmsg", "waiting for replication timed out" } } });
        var destination = mongo.Open(mongo.Settings with { Mode = mode, Key = mode == MongoDbMode.Upsert ? "userId" : null });
        DeliveryAttempt[] batch = [TestMongo.Event(1, "a"), TestMongo.Event(2, "b")];

        var first = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);
        var second = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);
        var third = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(first.Concat(second), result => Assert.Equal(("write-concern", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome)));
        Assert.All(third, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(2, await mongo.CountAsync());
    }

    [Fact]
    public async Task Upsert_RaceForANewKey_IsRepeatedAtOnce()
    {
        await using var mongo = new TestMongo(injects: true);
        var race = new BsonDocument
        {
            { "ok", 1 },
            { "n", 0 },
            { "writeErrors", new BsonArray { new BsonDocument { { "index", 0 }, { "code", 11000 }, { "keyPattern", new BsonDocument("_id", 1) }, { "errmsg", "E11000" } } } },
        };
        mongo.Wire.Plan(new WireFault("update") { Answer = race });

        var results = await mongo.Open(mongo.Settings with { Mode = MongoDbMode.Upsert, Key = "userId" })
            .DeliverAsync([TestMongo.Event(1, "a"), TestMongo.Event(2, "a")], TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        Assert.Equal(2, Assert.Single(await mongo.DocumentsAsync())["payload"].AsInt32);
    }

    [Fact]
    public async Task Deliver_BadPassword_IsRetriedWithoutShowingIt()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("saslStart", 18, "AuthenticationFailed") with { Times = 100 });
        var connection = mongo.Connection.Replace("://", "://planted-user:planted-secret@", StringComparison.Ordinal);

        var result = Assert.Single(await mongo.Open(mongo.Settings with { Connection = connection }).DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(("auth", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome));
        Assert.DoesNotContain("planted", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliver_NobodyListens_IsRetriedSayingWhatIsWrong()
    {
        await using var mongo = new TestMongo(injects: true);
        var settings = mongo.Settings with { Connection = "mongodb://planted-user:planted-secret@127.0.0.1:1/?serverSelectionTimeoutMS=2000" };

        var result = Assert.Single(await mongo.Open(settings).DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(("network", DeliveryOutcome.Retry), (result.ErrorClass, result.Outcome));
        Assert.Equal("127.0.0.1:1 cannot be reached: connection refused", result.Reason);
    }

    [Fact]
    public async Task Deliver_NoFreeConnection_IsRetriedAsThePools()
    {
        await using var mongo = new TestMongo(injects: true);
        var hold = new TaskCompletionSource();
        mongo.Wire.Plan(new WireFault("insert") { Until = hold.Task });
        var destination = mongo.Open(mongo.Settings with { Connection = mongo.Connection + "?maxPoolSize=1&waitQueueTimeoutMS=200" });

        var first = destination.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken);
        await Delivery.Eventually.TrueAsync("the insert has come", () => mongo.Wire.CountOf("insert") == 1);
        var second = Assert.Single(await destination.DeliverAsync([TestMongo.Event(2)], TestContext.Current.CancellationToken));
        hold.SetResult();

        Assert.Equal(("pool", DeliveryOutcome.Retry), (second.ErrorClass, second.Outcome));
        Assert.Equal(DeliveryOutcome.Delivered, Assert.Single(await first).Outcome);
    }

    [Fact]
    public async Task P3_AnyRefusals_OfAKeyNothingIsWrittenBehindAnEventThatWasNot()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Commands.Refuse = document => document["refused"].AsBoolean ? 121 : null;
        var destination = mongo.Open();
        var position = 0L;
        await Gen.Select(Gen.Int[0, 4], Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true)))).Array[1, 60].SampleAsync(
            async events =>
            {
                var first = Interlocked.Add(ref position, 1000);
                var batch = events.Select((item, n) => TestMongo.Event(
                    first + n, item.Item1 == 0 ? "" : $"k{item.Item1}", $$"""{"refused":{{(item.Item2 ? "true" : "false")}}}""")).ToList();

                var results = await destination.DeliverAsync(batch, CancellationToken.None);

                var failed = new HashSet<int>();
                for (var i = 0; i < events.Length; i++)
                {
                    var (key, isRefused) = events[i];
                    var expected = failed.Contains(key) ? DeliveryOutcome.NotAttempted : isRefused ? DeliveryOutcome.Rejected : DeliveryOutcome.Delivered;
                    Assert.Equal(expected, results[i].Outcome);
                    if (key != 0 && expected != DeliveryOutcome.Delivered)
                    {
                        failed.Add(key);
                    }
                }

                var written = mongo.Wire.Commands.DocumentsOf(mongo.DatabaseName, TestMongo.Collection).Select(document => document["_id"].AsString).ToHashSet();
                Assert.All(Enumerable.Range(0, events.Length), i => Assert.Equal(results[i].Outcome == DeliveryOutcome.Delivered, written.Contains(batch[i].Event.Id)));
            },
            iter: 50,
            threads: 1);
    }

    // Which of the two depends on how soon the name service of the machine answers.
    [Theory]
    [InlineData("mongodb://planted-user:planted-secret@host.invalid/?serverSelectionTimeoutMS=500")]
    [InlineData("mongodb+srv://planted-user:planted-secret@cluster.host.invalid/?serverSelectionTimeoutMS=500")]
    public async Task Deliver_NameThatDoesNotResolve_IsRetried(string connection)
    {
        await using var mongo = new TestMongo(injects: true);

        var result = Assert.Single(await mongo.Open(mongo.Settings with { Connection = connection }).DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(DeliveryOutcome.Retry, result.Outcome);
        Assert.Contains(result.ErrorClass, (string[])["dns", "unavailable"]);
        Assert.DoesNotContain("planted", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliver_Cancelled_LetsTheCancellationEscape()
    {
        await using var mongo = new TestMongo(injects: true);
        var never = new TaskCompletionSource();
        mongo.Wire.Plan(new WireFault("insert") { Until = never.Task });
        var destination = mongo.Open();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var delivering = destination.DeliverAsync([TestMongo.Event(1)], deadline.Token);
        await Delivery.Eventually.TrueAsync("the insert has come", () => mongo.Wire.CountOf("insert") == 1);
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await delivering);
        var again = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));
        Assert.Equal(DeliveryOutcome.Delivered, again.Outcome);
    }

    [Fact]
    public async Task Deliver_MoreCollectionsThanAllowed_RejectsThoseOfTheLast()
    {
        await using var mongo = new TestMongo(injects: true);
        var destination = mongo.Open(mongo.Settings with { Collection = "{type}" });
        var types = Enumerable.Range(1, IndexSetup.MaxCollections).Select(n => TestMongo.Event(n, type: $"t{n}")).ToList();
        foreach (var some in types.Chunk(RunWriter.MaxCommands))
        {
            Assert.All(await destination.DeliverAsync(some, TestContext.Current.CancellationToken), result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        }

        var results = await destination.DeliverAsync([TestMongo.Event(2000, type: "new"), TestMongo.Event(2001, type: "t5")], TestContext.Current.CancellationToken);

        Assert.Equal([DeliveryOutcome.Rejected, DeliveryOutcome.Delivered], results.Select(result => result.Outcome));
        Assert.Equal("collection", results[0].ErrorClass);
    }

    [Fact]
    public async Task Deliver_IndexNotAllowed_IsRetriedAsAnIndex()
    {
        await using var mongo = new TestMongo(injects: true);
        mongo.Wire.Plan(WireFault.Error("createIndexes", 67, "CannotCreateIndex"));
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var destination = mongo.Open(mongo.Settings with { Indexes = [new MongoDbIndex { Fields = ["a"] }] }, time: time);

        var first = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));
        var second = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(10));
        var third = Assert.Single(await destination.DeliverAsync([TestMongo.Event(1)], TestContext.Current.CancellationToken));

        Assert.Equal(("index", "index", DeliveryOutcome.Delivered), (first.ErrorClass, second.ErrorClass, third.Outcome));
        Assert.Equal(2, mongo.Wire.CountOf("createIndexes"));
    }
}
