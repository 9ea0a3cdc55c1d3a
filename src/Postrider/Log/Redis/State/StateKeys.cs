using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The keys of a partition's state, in the order in which every script of it expects them (<c>Scripts/state-keys.lua</c> says what each holds).</summary>
internal static class StateKeys
{
    /// <summary>Numbers of keys that are read by plain commands, as scripts count: from 1.</summary>
    public const int Destinations = 6;

    public const int Parked = 8;
    public const int ParkedAt = 9;
    public const int Due = 10;
    public const int GivenUp = 17;
    public const int Replays = 19;

    public static RedisKey[] Of(PartitionKeys keys) =>
    [
        keys.Meta, keys.References, keys.ReferenceCounts, keys.Bodies, keys.State("state"), keys.State("dests"), keys.State("pins"),
        keys.State("parked"), keys.State("parkedat"), keys.State("due"), keys.State("dueof"),
        keys.State("letters"), keys.State("lettersbynumber"), keys.State("allletters"), keys.State("lettersbyposition"),
        keys.State("tombstones"), keys.State("givenup"), keys.State("routes"), keys.State("replays"),
        keys.State("rejected"), keys.State("rejectedbodies"),
    ];
}
