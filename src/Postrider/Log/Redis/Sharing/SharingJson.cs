using System.Text.Json.Serialization;

namespace Postrider.Log.Redis;

/// <summary>How what processes tell each other is written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MemberDescription))]
[JsonSerializable(typeof(DestinationControl))]
[JsonSerializable(typeof(SharedHold))]
internal sealed partial class SharingJson : JsonSerializerContext;

/// <summary>A receiver asked to be left alone.</summary>
internal sealed record SharedHold(DateTimeOffset Until, string? Reason);
