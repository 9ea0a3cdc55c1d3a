using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>What every refused or failed call is answered with.</summary>
/// <param name="Error">One sentence for people.</param>
/// <param name="Errors">The single faults, where there are several.</param>
internal sealed record AdminErrorAnswer(
    string Error,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Errors = null);
