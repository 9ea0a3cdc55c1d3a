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
            if (kind is not ('c' or 'h'))
            {
                continue;
            }

            try
            {
                found[name] = Read(kind, (byte[])pair[1]!, found.GetValueOrDefault(name) ?? new SharedControl(null, null, null));
            }
            catch (JsonException)
            {
                // A newer version wrote it so that it cannot be read: to this one nothing is decided there, and everything else is.
            }
        }

        return new SharedControls(version, found);
    }

    private static SharedControl Read(char kind, byte[] value, SharedControl known) =>
        kind == 'c' ? known with { Control = JsonSerializer.Deserialize(value, SharingJson.Default.DestinationControl) }
        : JsonSerializer.Deserialize(value, SharingJson.Default.SharedHold) is { } hold ? known with { HoldUntil = hold.Until, HoldReason = hold.Reason }
        : known;
}
