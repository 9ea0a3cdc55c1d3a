using Postrider.Log;

namespace Postrider.Operations;

/// <summary>The processes that share the log, as operators see them.</summary>
internal static class MemberReports
{
    public static IReadOnlyList<MemberReport> Of(ILogSharing? sharing) =>
        sharing is null ? [] : [.. sharing.Members.Select(member => Describe(member, sharing.Member)).OrderBy(member => member.Role, StringComparer.Ordinal).ThenBy(member => member.StartedAt)];

    /// <summary>What an operator should look at, one sentence each.</summary>
    public static IEnumerable<string> FindWarnings(IReadOnlyList<MemberReport> members)
    {
        if (members.Count == 0)
        {
            yield break;
        }

        if (members.All(member => member.Role == "gateway"))
        {
            yield return "No router is running: events are stored, and not delivered.";
        }

        var configurations = members.GroupBy(member => member.ConfigHash).OrderByDescending(group => group.Count()).ToList();
        if (configurations.Count > 1)
        {
            yield return "The processes that share this log are configured differently: "
                + string.Join("; ", configurations.Select(group => $"{string.Join(", ", group.Select(Name))} {(group.Count() > 1 ? "have" : "has")} {group.Key}"))
                + ". Each delivers as its own says.";
        }
    }

    private static MemberReport Describe(LogMember member, string self) => new()
    {
        Id = member.Id,
        Role = member.Description.Role,
        Host = member.Description.Host,
        ProcessId = member.Description.ProcessId,
        Version = member.Description.Version,
        ConfigHash = member.Description.ConfigHash,
        StartedAt = member.Description.StartedAt,
        LastSeen = member.LastSeen,
        Partitions = member.Description.Partitions,
        Self = member.Id == self,
    };

    private static string Name(MemberReport member) => $"{(member.Role == "both" ? "server" : member.Role)} {member.Host} (process {member.ProcessId})";
}
