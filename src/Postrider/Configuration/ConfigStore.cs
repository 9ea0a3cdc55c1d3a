namespace Postrider.Configuration;

/// <summary>The snapshot in force. Whoever reloads replaces it whole; readers see the old one or the new one, never a mixture.</summary>
internal sealed class ConfigStore(PostriderConfig initial, TimeProvider? time = null) : IConfigStore
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private volatile Loaded _loaded = new(initial, (time ?? TimeProvider.System).GetUtcNow());

    public PostriderConfig Current => _loaded.Config;

    /// <summary>When it came into force.</summary>
    public DateTimeOffset LoadedAt => _loaded.At;

    public void Replace(PostriderConfig config) => _loaded = new Loaded(config, _time.GetUtcNow());

    private sealed record Loaded(PostriderConfig Config, DateTimeOffset At);
}
