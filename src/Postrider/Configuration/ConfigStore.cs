namespace Postrider.Configuration;

/// <summary>The snapshot in force. Whoever reloads replaces it whole; readers see the old one or the new one, never a mixture.</summary>
internal sealed class ConfigStore(PostriderConfig initial) : IConfigStore
{
    private volatile PostriderConfig _current = initial;

    public PostriderConfig Current => _current;

    public void Replace(PostriderConfig config) => _current = config;
}
