using Postrider.Configuration;
using Postrider.Destinations.MongoDb;
using Postrider.Tests.Log;

namespace Postrider.Tests.Destinations.MongoDb;

public sealed class MongoDbSettingsTests
{
    private static readonly MongoDbSettings Good = new() { Connection = "mongodb://localhost", Database = "warehouse", Collection = "events" };

    [Theory]
    [InlineData("mongodb://localhost:27017")]
    [InlineData("mongodb://user:p%40ss@a.example.com,b.example.com:27018/admin?replicaSet=rs0&tls=true")]
    [InlineData("mongodb+srv://user:secret@cluster.example.com/?retryWrites=true&w=majority")]
    public void Validate_GoodConnection_FindsNothing(string connection) => Assert.Empty(Errors(Good with { Connection = connection }));

    [Theory]
    [InlineData("")]
    [InlineData("localhost:27017")]
    [InlineData("http://user:planted@localhost")]
    [InlineData("mongodb://user:planted@pass@localhost:1:2")]
    [InlineData("mongodb://user:planted@localhost/?w=0")]
    [InlineData("mongodb://user:planted@localhost/?connectTimeoutMS=planted")]
    public void Validate_BadConnection_SaysSoWithoutRepeatingIt(string connection)
    {
        var error = Assert.Single(Errors(Good with { Connection = connection }));

        Assert.Equal("connection", error.Member);
        Assert.DoesNotContain("planted", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("events_{type}")]
    [InlineData("{source}.{type}_{year}{month}{day}")]
    public void Validate_GoodCollection_FindsNothing(string collection) => Assert.Empty(Errors(Good with { Collection = collection }));

    [Theory]
    [InlineData("", "1 to 190")]
    [InlineData("{userId}", "unknown field '{userId}'")]
    [InlineData("a{type", "partner")]
    [InlineData("a}b", "partner")]
    [InlineData("a}{type}", "partner")]
    [InlineData("a$b", "$")]
    [InlineData(".a", "empty part")]
    [InlineData("a..b", "empty part")]
    [InlineData("system.users", "system.")]
    [InlineData("{type}{type}{type}{type}{type}", "190")]
    public void Validate_BadCollection_SaysWhy(string collection, string part)
    {
        var error = Assert.Single(Errors(Good with { Collection = collection }));

        Assert.Equal("collection", error.Member);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ManyMistakes_FindsAll()
    {
        var settings = Good with
        {
            Database = "a b",
            Mode = MongoDbMode.Upsert,
            WriteConcern = new MongoDbWriteConcern { W = "0", Timeout = TimeSpan.Zero },
            Batch = new MongoDbBatch { MaxWait = TimeSpan.FromMinutes(1) },
            Indexes =
            [
                new MongoDbIndex { Fields = [] }, new MongoDbIndex { Fields = ["a", "-a"] }, new MongoDbIndex { Fields = ["$a"] },
                new MongoDbIndex { Fields = ["_id", "a.b"], Name = "x*" },
            ],
        };

        Assert.Equal(
            ["database", "key", "writeConcern.w", "writeConcern.timeout", "batch.maxWait", "indexes[0].fields", "indexes[1].fields", "indexes[2].fields", "indexes[3].name"],
            Errors(settings).Select(error => error.Member));
    }

    [Theory]
    [InlineData(MongoDbMode.Insert, "userId", false)]
    [InlineData(MongoDbMode.Insert, null, true)]
    [InlineData(MongoDbMode.Upsert, "payload.order", true)]
    [InlineData(MongoDbMode.Upsert, "_id", false)]
    [InlineData(MongoDbMode.Upsert, "_postrider.log", false)]
    [InlineData(MongoDbMode.Upsert, "a..b", false)]
    public void Validate_Key_IsForUpserts(MongoDbMode mode, string? key, bool isGood)
    {
        var errors = Errors(Good with { Mode = mode, Key = key });

        Assert.Equal(isGood ? [] : ["key"], errors.Select(error => error.Member));
    }

    [Fact]
    public void ToString_WithCredentials_ShowsNone() =>
        Assert.DoesNotContain("planted", (Good with { Connection = "mongodb://planted:planted@localhost" }).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Bind_FullConfiguration_IsWhatWasWritten()
    {
        const string Yaml = """
            destinations:
              warehouse:
                type: mongodb
                connection: mongodb://localhost:27017
                database: rudderData
                collection: events_{type}
                mode: upsert
                key: userId
                writeConcern: { w: "2", journal: true, timeout: 3s }
                batch: { maxEvents: 100, maxWait: 20ms }
                indexes:
                  - { fields: [userId, -payload.at], unique: true }
            """;

        var settings = (MongoDbSettings)new YamlConfigReader(BuiltInDestinations.All).ReadText(Yaml, "test", "/").Destinations["warehouse"].Settings;

        Assert.Equal(("events_{type}", MongoDbMode.Upsert, "userId"), (settings.Collection, settings.Mode, settings.Key));
        Assert.Equal(new MongoDbWriteConcern { W = "2", Journal = true, Timeout = TimeSpan.FromSeconds(3) }, settings.WriteConcern);
        Assert.Equal(new MongoDbBatch { MaxEvents = 100, MaxWait = TimeSpan.FromMilliseconds(20) }, settings.Batch);
        Assert.Equal(["userId", "-payload.at"], Assert.Single(settings.Indexes).Fields);
    }

    [Theory]
    [InlineData("track", "e_track")]
    [InlineData(null, "e_untyped")]
    [InlineData("", "e_untyped")]
    [InlineData("a.$b/c d", "e_a__b_c_d")]
    [InlineData("ä", "e__")]
    public void Collection_OfAnEvent_HoldsOnlySafeCharacters(string? type, string expected)
    {
        Assert.True(CollectionName.TryParse("e_{type}", out var name, out _));

        Assert.Equal(expected, name.Of(TestEvents.Create("{}", type: type)));
    }

    [Fact]
    public void Collection_LongType_IsCut()
    {
        Assert.True(CollectionName.TryParse("{type}", out var name, out _));

        Assert.Equal(40, name.Of(TestEvents.Create("{}", type: new string('x', 1000))).Length);
    }

    private static List<(string Member, string Message)> Errors(MongoDbSettings settings)
    {
        var errors = new Collected();
        new MongoDbDestinationFactory().Validate(settings, errors);
        return errors.All;
    }

    private sealed class Collected : ISettingsErrors
    {
        public List<(string Member, string Message)> All { get; } = [];

        public void Add(string member, string message) => All.Add((member, message));
    }
}
