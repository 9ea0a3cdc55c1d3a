using System.Text.Json;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>All that is decided of destinations, as of a version.</summary>
internal sealed record SharedControls(string Version, IReadOnlyDictionary<string, SharedControl> ByDestination)
{
    public static SharedControls None { get; } = new("0", new Dictionary<string, SharedControl>(StringComparer.Ordinal));

    /// <param name="version">Of what was read.</param>
    /// <param name="hash">Fields and values in turn; <c>Scripts/beat.lua</c> says which.</param>
    public static SharedControls Read(string version, RedisResult[] hash)
    {
        var found = new Dictionary<string, SharedControl>(StringComparer.Ordinal);
        foreach (var pair in hash.Chunk(2))
        {
            var field = (string)pair[0]!;
            var (name, kind) = (field[..^2], field[^1]);
            var known = found.GetValueOrDefault(name) ?? new SharedControl(null, null, null);
            if (kind == 'c')
            {
                found[name] = known with { Control = JsonSerializer.Deserialize((byte[])pair[1]!, SharingJson.Default.DestinationControl) };
            }
            else if (kind == 'h' && JsonSerializer.Deserialize((byte[])pair[1]!, SharingJson.Default.SharedHold) is { } hold)
            {
                found[name] = known with { HoldUntil = hold.Until, HoldReason = hold.Reason };
            }
        }

        return new SharedControls(version, found);
    }
}
