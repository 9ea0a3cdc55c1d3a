using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Inserts into collections that the events name.</summary>
public sealed class MongoDbTemplatedConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new MongoDbDestinationFactory();

    protected override bool StoresEachEventOnce => true;

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new MongoDbSettings { Connection = "mongodb://127.0.0.1", Database = "a/b", Collection = "events" }, "database"),
    ];

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new MongoDbReceiver(settings => settings with { Collection = "events_{source}" }, "events_app"));
}
