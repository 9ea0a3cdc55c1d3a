using System.Globalization;

namespace Postrider.Configuration;

/// <summary>A size in bytes, written <c>64KiB</c> or <c>1GiB</c>.</summary>
/// <param name="Bytes">The number of bytes.</param>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
        ("B", 1),
    ];

    /// <summary>A size of so many mebibytes.</summary>
    public static ByteSize FromMebibytes(long count) => new(count << 20);

    /// <summary>Reads <c>64KiB</c>, <c>4MiB</c>, <c>1GiB</c>, the decimal <c>KB MB GB</c>, or a plain number of bytes.</summary>
    public static bool TryParse(string text, out ByteSize size)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..];
        var factor = unit.Length == 0 ? 1 : Units.FirstOrDefault(u => u.Unit == unit).Bytes;
        size = default;
        if (factor == 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / factor)
        {
            return false;
        }

        size = new ByteSize(count * factor);
        return true;
    }

    /// <summary>The shortest exact form that the configuration file understands, as <c>64MiB</c>.</summary>
    public override string ToString()
    {
        var bytes = Bytes;
        var (unit, factor) = bytes == 0 ? ("B", 1) : Units.First(u => bytes % u.Bytes == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{unit}");
    }
}
