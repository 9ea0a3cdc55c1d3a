using Postrider.Destinations;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>The suite over a destination with a flaw. Not public: the runner must not take it for tests that should pass.</summary>
internal sealed class BrokenBatchDestination(Flaw flaw) : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new MemoryDestinationFactory(flaw);

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings => [new(new MemorySettings { Place = "", Secret = MemoryReceiver.Secret }, "place")];

    protected override bool StoresEachEventOnce => true;

    // What hangs because it is broken is waited for to the end; what is whole gets the time that a busy machine needs.
    protected override TimeSpan Patience => flaw == Flaw.None ? TimeSpan.FromSeconds(60) : TimeSpan.FromSeconds(ShowsAtItsDeadline ? 5 : 1);

    // A call that begins only when its deadline is over is cancelled as it should be, whatever its flaw.
    protected override TimeSpan Deadline => ShowsAtItsDeadline ? TimeSpan.FromSeconds(3) : base.Deadline;

    private bool ShowsAtItsDeadline =>
        flaw is Flaw.MakesAResultOfItsDeadline or Flaw.KeepsItsSlotWhenCancelled or Flaw.LosesTheRestOfABatchAtItsDeadline or Flaw.CancelsAllCalls;

    protected override ValueTask<ConformanceReceiver> StartReceiverAsync() => ValueTask.FromResult<ConformanceReceiver>(new MemoryReceiver(flaw));
}
