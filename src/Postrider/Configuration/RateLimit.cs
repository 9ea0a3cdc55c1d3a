using System.Globalization;

namespace Postrider.Configuration;

/// <summary>So many in so long, written <c>100/s</c>.</summary>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Per">In how long: a second, a minute or an hour.</param>
public readonly record struct RateLimit(int Count, TimeSpan Per)
{
    /// <summary>Reads <c>100/s</c>, <c>5000/m</c> or <c>10/h</c>.</summary>
    public static bool TryParse(string text, out RateLimit rate)
    {
        var per = text.Length < 3 ? default : text[^2..] switch
        {
            "/s" => TimeSpan.FromSeconds(1),
            "/m" => TimeSpan.FromMinutes(1),
            "/h" => TimeSpan.FromHours(1),
            _ => default,
        };
        rate = default;
        if (per == default || !int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
        {
            return false;
        }

        rate = new RateLimit(count, per);
        return true;
    }

    /// <summary>The form that the configuration file understands.</summary>
    public override string ToString()
    {
        var unit = Per == TimeSpan.FromSeconds(1) ? "s" : Per == TimeSpan.FromMinutes(1) ? "m" : "h";
        return string.Create(CultureInfo.InvariantCulture, $"{Count}/{unit}");
    }
}
