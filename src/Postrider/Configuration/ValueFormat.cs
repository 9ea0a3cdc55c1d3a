using System.Globalization;
using System.Text.Json;

namespace Postrider.Configuration;

/// <summary>The types that a single value of the file can have, and how each is written.</summary>
internal static class ValueFormat
{
    public static bool IsValue(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long)
        || type == typeof(double) || type == typeof(TimeSpan) || type == typeof(ByteSize) || type == typeof(RateLimit);

    /// <summary>Whether YAML and JSON have a literal for it, so that a quoted one is a mistake.</summary>
    public static bool IsLiteral(Type type) =>
        type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double);

    public static string Describe(Type type) => type switch
    {
        { IsEnum: true } => "one of " + string.Join(", ", EnumNames(type)),
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(TimeSpan) => "a duration such as 500ms, 2s, 5m, 24h or 7d",
        _ when type == typeof(ByteSize) => "a size such as 64KiB, 4MiB or 1GiB",
        _ when type == typeof(RateLimit) => "a rate such as 100/s, 5000/m or 10/h",
        _ => "text",
    };

    public static object? Parse(Type type, string text)
    {
        var invariant = CultureInfo.InvariantCulture;
        return type switch
        {
            { IsEnum: true } => Enum.GetValues(type).Cast<object>().FirstOrDefault(value => EnumName(value) == text),
            _ when type == typeof(bool) => text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null },
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var value) ? value : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var value) ? value : null,
            _ when type == typeof(double) => double.TryParse(text, NumberStyles.Float, invariant, out var value) && double.IsFinite(value) ? value : null,
            _ when type == typeof(TimeSpan) => Duration.TryParse(text, out var value) ? value : null,
            _ when type == typeof(ByteSize) => ByteSize.TryParse(text, out var value) ? value : null,
            _ when type == typeof(RateLimit) => RateLimit.TryParse(text, out var value) ? value : null,
            _ => text,
        };
    }

    /// <summary>As the file writes it.</summary>
    public static string Format(object value) => value switch
    {
        Enum name => EnumName(name),
        bool flag => flag ? "true" : "false",
        TimeSpan duration => Duration.Format(duration),
        IFormattable number and not Enum => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static IEnumerable<string> EnumNames(Type type) => Enum.GetValues(type).Cast<object>().Select(EnumName);

    private static string EnumName(object value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()!);
}
