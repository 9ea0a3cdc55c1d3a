using System.Globalization;

namespace Postrider.Delivery;

/// <summary>The name of a skipped range: <c>skip_{partition}_{number}</c>.</summary>
internal static class SkippedId
{
    private const string Prefix = "skip_";

    public static string Format(int partition, long number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{partition}_{number}");

    public static bool TryParse(string id, out int partition, out long number)
    {
        partition = 0;
        number = 0;
        var parts = id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..].Split('_') : [];
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out partition)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
