using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Testing;
using Postrider.Tests.Destinations.MongoDb;

namespace Postrider.Tests.Destinations.Conformance;

public sealed class MongoDbConformanceTests : BatchDestinationConformanceTests
{
    private static readonly MongoDbSettings Possible = new() { Connection = "mongodb://127.0.0.1", Database = "postrider", Collection = "events" };

    protected override IDestinationFactory Factory { get; } = new MongoDbDestinationFactory();

    protected override bool StoresEachEventOnce => true;

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(Possible with { Connection = "http://example.com" }, "connection"),
        new(Possible with { Database = "a/b" }, "database"),
        new(Possible with { Collection = "events_{colour}" }, "collection"),
        new(Possible with { Mode = MongoDbMode.Upsert }, "key"),
    ];

    protected override async ValueTask<ConformanceReceiver> StartReceiverAsync() =>
        Environment.GetEnvironmentVariable(TestMongo.Variable) is { } real ? await RealMongoDbReceiver.StartAsync(real) : new MongoDbReceiver();
}
