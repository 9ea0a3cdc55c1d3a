using System.Globalization;
using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>Which generation a position belongs to: positions go on where the last generation ended. Immutable.</summary>
/// <param name="starts">Each generation still known, with its first position, ascending.</param>
internal sealed class Generations(IReadOnlyList<(long Generation, long First)> starts)
{
    /// <summary>The first position of the newest.</summary>
    public long StartOfLast => starts[^1].First;

    /// <summary>The generation of the position; of one below all that is known, the oldest known.</summary>
    public long Of(long position)
    {
        for (var i = starts.Count - 1; i > 0; i--)
        {
            if (starts[i].First <= position)
            {
                return starts[i].Generation;
            }
        }

        return starts[0].Generation;
    }

    /// <summary>Generations that ended at or below the position, each with the first position behind it.</summary>
    public IEnumerable<(long Generation, long End)> EndedBy(long position) => starts
        .Zip(starts.Skip(1), static (start, next) => (start.Generation, End: next.First))
        .Where(ended => ended.End <= position);

    /// <summary>The first position behind those of the position's generation.</summary>
    public long EndOf(long position)
    {
        foreach (var (_, first) in starts)
        {
            if (first > position)
            {
                return first;
            }
        }

        return long.MaxValue;
    }

    /// <summary>The stream entry's id.</summary>
    public string IdOf(long position) => string.Create(CultureInfo.InvariantCulture, $"{Of(position)}-{position}");

    public static LogPosition Place(int partition, ReadOnlySpan<char> id)
    {
        var dash = id.IndexOf('-');
        return new LogPosition(
            partition,
            long.Parse(id[..dash], NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(id[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
