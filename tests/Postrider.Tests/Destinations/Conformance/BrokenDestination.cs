using Postrider.Destinations;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>The suite over a destination with a flaw, of somebody who inherited the suite without batches.</summary>
internal sealed class BrokenDestination(Flaw flaw) : DestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new MemoryDestinationFactory(flaw);

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings => [];

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new MemoryReceiver(flaw));
}
