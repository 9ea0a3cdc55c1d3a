using Postrider.Log.Redis.Connecting;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>The user of the logs under test: what the documentation grants, and nothing else.</summary>
internal static class TestUser
{
    public const string Name = "log";
    public const string Password = "secret";

    /// <summary>What tells redis-server of it.</summary>
    public static IReadOnlyList<string> Options { get; } = ["--user", Name, "on", ">" + Password, "resetchannels", "&t*", "~t*", .. RedisCommands.Rules];

    public static string NewPrefix() => "t" + Guid.NewGuid().ToString("n")[..8];
}
