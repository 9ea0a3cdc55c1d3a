using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

internal sealed class FakeConfigStore(PostriderConfig config) : IConfigStore
{
    public PostriderConfig Current { get; set; } = config;
}
