using System.Text.RegularExpressions;
using Postrider.Log.Redis.Connecting;
using Postrider.Tests.Configuration;

namespace Postrider.Tests.Log.Redis.Connecting;

/// <summary>The list of commands is what the scripts use, and what the documentation grants.</summary>
public sealed partial class RedisCommandsTests
{
    [Fact]
    public void InScripts_HoldsEveryCommandOfTheScripts()
    {
        var folder = Path.Combine(ConfigSamples.Root, "src", "Postrider", "Log", "Redis", "Scripts");
        var used = Directory.EnumerateFiles(folder, "*.lua").SelectMany(file => Call().Matches(File.ReadAllText(file))).Select(call => call.Groups[1].Value).ToList();

        Assert.NotEmpty(used);
        Assert.Empty(used.Except([.. RedisCommands.InScripts.Select(words => words[0]), "PUBLISH"], StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Rules_AreThoseOfTheDocumentation() =>
        Assert.Contains(string.Join(' ', RedisCommands.Rules), Regex.Replace(File.ReadAllText(Path.Combine(ConfigSamples.Root, "docs", "redis.md")), @"\s*\\?\s*\n\s*", " "), StringComparison.Ordinal);

    [GeneratedRegex(@"\bp?call\(\s*['""](\w+)")]
    private static partial Regex Call();
}
