using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postrider.Configuration;

/// <summary>
/// A short text that is the same for configurations that mean the same: by it processes that share a log notice that they differ. What may differ from
/// machine to machine (listeners, how Redis is reached, memory) is left out.
/// </summary>
internal static class ConfigFingerprint
{
    private const int Length = 12;

    private static readonly JsonSerializerOptions Plain = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string Of(PostriderConfig config)
    {
        var told = new object?[]
        {
            config.Log.Redis is { } redis ? new object[] { redis.Prefix, redis.Partitions, redis.Lease, redis.Durability, redis.Replicas } : null,
            config.Delivery.ForgetAfter,
            config.Sources.OrderBy(source => source.Key, StringComparer.Ordinal).Select(source => source.Value).ToArray(),
            config.Destinations.OrderBy(destination => destination.Key, StringComparer.Ordinal).Select(destination => Tell(destination.Value)).ToArray(),
            config.Connections,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(told, Plain)))[..Length];
    }

    // Settings of a type that is not ours may be anything.
    private static object Tell(DestinationConfig destination)
    {
        try
        {
            return JsonSerializer.SerializeToElement(destination, Plain);
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or JsonException)
        {
            return new[] { JsonSerializer.SerializeToElement(destination with { Settings = "" }, Plain).GetRawText(), destination.Settings.ToString() ?? "" };
        }
    }
}
