using System.Globalization;

namespace Postrider.Operations;

/// <summary>A count and its noun, for people: <c>1 event</c>, <c>2 events</c>.</summary>
internal static class Counted
{
    public static string Of(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
