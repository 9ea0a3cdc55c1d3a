using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class EmbeddedRecordTests : RecordKeeperConformanceTests
{
    private readonly EmbeddedLogFolder _folder = new();
    private EmbeddedLog? _log;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private protected override async Task<IRecordKeeper> OpenAsync() => (_log = await _folder.OpenAsync()).Records!;

    private protected override async Task CloseAsync() => await _log!.DisposeAsync();
}
