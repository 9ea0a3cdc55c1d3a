using Postrider.Destinations;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A destination without a flaw passes all there is.</summary>
public sealed class MemoryConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new MemoryDestinationFactory(Flaw.None);

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings => [new(new MemorySettings { Place = "" }, "place")];

    protected override bool StoresEachEventOnce => true;

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new MemoryReceiver(Flaw.None));
}
