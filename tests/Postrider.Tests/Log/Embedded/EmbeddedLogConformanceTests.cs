using Postrider.Log;

namespace Postrider.Tests.Log.Embedded;

public sealed class EmbeddedLogConformanceTests : AuditStoreConformanceTests
{
    private readonly EmbeddedLogFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private protected override async Task<IEventLog> CreateAsync() => await _folder.OpenAsync();

    private protected override async Task<IEventLog> ReopenAsync() => await _folder.OpenAsync();
}
