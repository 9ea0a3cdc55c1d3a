using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The log and state that delivery is tested with keep the promises of the real ones.</summary>
public sealed class MemoryLogConformanceTests : ReplayStoreConformanceTests
{
    private MemoryLog _log = new(new MemoryStateStore { IsStrict = false });

    private protected override Task<IEventLog> CreateAsync() => Task.FromResult<IEventLog>(_log);

    private protected override Task<IEventLog> ReopenAsync() => Task.FromResult<IEventLog>(_log = _log.Crash());
}
