using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Upserts, by a key that each event has for itself.</summary>
public sealed class MongoDbUpsertConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new MongoDbDestinationFactory();

    protected override bool StoresEachEventOnce => true;

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new MongoDbSettings { Connection = "mongodb://127.0.0.1", Database = "a/b", Collection = "events" }, "database"),
    ];

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new MongoDbReceiver(settings => settings with { Mode = MongoDbMode.Upsert, Key = "payload.mark" }));
}
