using System.Text.Json.Serialization;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What is asked of a partition's owner, because only it knows the books of its dispatchers. Harmless to do twice.</summary>
internal sealed record OwnerRequest
{
    public const string Skip = "skip";
    public const string DeleteLetters = "delete-letters";
    public const string LookForReplays = "replays";
    public const string CancelReplay = "cancel-replay";

    public required string Kind { get; init; }

    /// <summary>Whose events, where that matters.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Of a skip: below this position.</summary>
    public long End { get; init; }

    /// <summary>Of a skip: only what was received before.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Of a skip: why, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Which dead letters.</summary>
    public DeadLetterFilter? Filter { get; init; }

    /// <summary>Which replay.</summary>
    public string Replay { get; init; } = "";
}

/// <summary>What the owner did.</summary>
/// <param name="Count">Positions skipped, letters deleted.</param>
/// <param name="Events">Events among the positions.</param>
/// <param name="Error">Why it did nothing; null: it did.</param>
internal sealed record OwnerAnswer(long Count, long Events, string? Error = null);

/// <summary>How processes write what they tell each other of delivery.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OwnerRequest))]
[JsonSerializable(typeof(OwnerAnswer))]
[JsonSerializable(typeof(List<MemberDestination>))]
internal sealed partial class DeliveryJson : JsonSerializerContext;
