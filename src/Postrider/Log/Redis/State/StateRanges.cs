using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Bounds of ranges by bytes.</summary>
internal static class StateRanges
{
    // Longer than what numbers may stand behind any of our prefixes.
    private const int Highest = 40;

    /// <summary>From the bytes on, they included.</summary>
    public static RedisValue From(ReadOnlySpan<byte> bytes) => (byte[])[(byte)'[', .. bytes];

    /// <summary>Below, or from behind, whatever begins with the bytes.</summary>
    public static RedisValue Behind(ReadOnlySpan<byte> bytes) => (byte[])[(byte)'(', .. bytes, .. Enumerable.Repeat(byte.MaxValue, Highest)];

    /// <summary>Below exactly these bytes.</summary>
    public static RedisValue Below(ReadOnlySpan<byte> bytes) => (byte[])[(byte)'(', .. bytes];
}
