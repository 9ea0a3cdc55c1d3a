namespace Postrider.Gateway.Segment;

/// <summary>Where an event stands in the body, and its known members in the scan.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="End">Behind its last byte.</param>
/// <param name="FirstMember">The first of its known members.</param>
/// <param name="MemberCount">How many known members it has, repeated ones included; -1: it is no object.</param>
/// <param name="IsEmpty">It has no member at all.</param>
internal readonly record struct EventPlace(int Start, int End, int FirstMember, int MemberCount, bool IsEmpty)
{
    public bool IsObject => MemberCount >= 0;
}
