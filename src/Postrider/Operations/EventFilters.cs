using System.Globalization;
using Postrider.Delivery;

namespace Postrider.Operations;

/// <summary>Filters as operators give them, in delivery's words and in those of the audit log.</summary>
internal static class EventFilters
{
    public static EventSelection ToSelection(this EventFilter filter) => new(filter.Key, filter.Type, filter.Class, filter.Since, filter.Until, filter.Id);

    public static EventFilter ToFilter(this EventSelection selection) => new()
    {
        Key = selection.Key,
        Type = selection.Type,
        Class = selection.Class,
        Since = selection.Since,
        Until = selection.Until,
        Id = selection.Id,
    };

    /// <summary>As <c>key=ada class=rejected</c>; <c>all</c> where nothing narrows.</summary>
    public static string Spell(this EventFilter filter)
    {
        (string Name, string? Value)[] members =
        [
            ("key", filter.Key), ("type", filter.Type), ("class", filter.Class), ("since", Spell(filter.Since)), ("until", Spell(filter.Until)), ("id", filter.Id),
        ];
        var given = members.Where(member => member.Value is not null).Select(member => $"{member.Name}={member.Value}").ToList();
        return given.Count == 0 ? "all" : string.Join(' ', given);
    }

    private static string? Spell(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}
