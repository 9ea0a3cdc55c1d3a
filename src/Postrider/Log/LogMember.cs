namespace Postrider.Log;

/// <summary>A process that shares the log.</summary>
/// <param name="Id">Its name for as long as it has the log open.</param>
/// <param name="LastSeen">When it last told of itself, in the storage's time.</param>
/// <param name="Description">What it said.</param>
internal sealed record LogMember(string Id, DateTimeOffset LastSeen, MemberDescription Description);
