using Postrider.Configuration;
using Postrider.Operations;

namespace Postrider.Tests.Operations;

/// <summary>A configuration file as a test wants it to be now.</summary>
internal sealed class FakeConfigSource(IConfigStore store) : IConfigSource
{
    public string? File => "/etc/postrider.yaml";

    public DateTimeOffset LoadedAt => AdminServer.StartedAt;

    /// <summary>What it says now; null: what is in force.</summary>
    public Func<PostriderConfig>? Now { get; set; }

    public PostriderConfig Read() => Now?.Invoke() ?? store.Current;
}
