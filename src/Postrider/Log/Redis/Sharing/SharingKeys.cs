using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The keys that belong to no partition: in one slot, so that one script reads them together (<c>Scripts/beat.lua</c> says what each holds).</summary>
/// <param name="prefix">What all keys of one log begin with.</param>
internal sealed class SharingKeys(string prefix)
{
    public RedisKey Members { get; } = Name(prefix, "members");

    public RedisKey Statuses { get; } = Name(prefix, "statuses");

    public RedisKey Controls { get; } = Name(prefix, "controls");

    public RedisKey Requests { get; } = Name(prefix, "requests");

    public RedisKey Answers { get; } = Name(prefix, "answers");

    private static RedisKey Name(string prefix, string name) => $"{prefix}:{{all}}:{name}";
}
