using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>Where one value of a known member stands in the body.</summary>
/// <param name="Member">Which.</param>
/// <param name="Kind">The value's first token.</param>
/// <param name="IsEscaped">It is a string with escapes.</param>
/// <param name="Start">Its first byte.</param>
/// <param name="End">Behind its last byte.</param>
internal readonly record struct MemberPlace(Member Member, JsonTokenType Kind, bool IsEscaped, int Start, int End)
{
    public int Length => End - Start;

    /// <summary>Whether it says anything: null says nothing.</summary>
    public bool IsSaid => Kind is not (JsonTokenType.None or JsonTokenType.Null);
}
