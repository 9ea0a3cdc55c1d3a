using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>What differs between two configurations as they are shown, with three lines around it.</summary>
internal static class ConfigDifference
{
    private const int Around = 3;
    private const string SecretChanged = "  # a secret that changes";
    private const string WaitsForStart = "  # at the next start";

    // Two files of two thousand lines that have nothing in common: beyond it, all of one goes and all of the other comes.
    private const long MostWork = 4_000_000;

    /// <summary>Empty: nothing.</summary>
    /// <param name="from">What is in force.</param>
    /// <param name="to">What would be.</param>
    /// <param name="waitsForStart">Whether the member of a path changes at the next start only.</param>
    public static IReadOnlyList<ConfigDiffLine> Find(IReadOnlyList<ConfigLine> from, IReadOnlyList<ConfigLine> to, Func<string, bool> waitsForStart)
    {
        var all = Compare(from, to);
        var kept = new bool[all.Count];
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Change != ' ')
            {
                kept.AsSpan(Math.Max(0, i - Around), Math.Min(all.Count, i + Around + 1) - Math.Max(0, i - Around)).Fill(true);
            }
        }

        var (added, removed) = (TextsOf('+'), TextsOf('-'));
        var found = new List<ConfigDiffLine>();
        for (var i = 0; i < all.Count; i++)
        {
            if (kept[i])
            {
                found.Add(new ConfigDiffLine(all[i].Change, all[i].Line.Text + Remark(all[i])));
            }
            else if (found is [.., { Change: not '@' }] && Array.IndexOf(kept, true, i) >= 0)
            {
                found.Add(new ConfigDiffLine('@', ""));
            }
        }

        return found;

        HashSet<string> TextsOf(char change) => [.. all.Where(line => line.Change == change).Select(line => line.Line.Text)];

        string Remark((char Change, ConfigLine Line) line) =>
            line.Change == ' ' ? ""
            : (line.Line.Secret is not null && (line.Change == '+' ? removed : added).Contains(line.Line.Text) ? SecretChanged : "")
                + (line.Change == '+' && waitsForStart(line.Line.Path) ? WaitsForStart : "");
    }

    private static List<(char Change, ConfigLine Line)> Compare(IReadOnlyList<ConfigLine> from, IReadOnlyList<ConfigLine> to)
    {
        var begin = 0;
        while (begin < from.Count && begin < to.Count && from[begin] == to[begin])
        {
            begin++;
        }

        var (fromEnd, toEnd) = (from.Count, to.Count);
        while (fromEnd > begin && toEnd > begin && from[fromEnd - 1] == to[toEnd - 1])
        {
            (fromEnd, toEnd) = (fromEnd - 1, toEnd - 1);
        }

        return
        [
            .. from.Take(begin).Select(line => (' ', line)),
            .. CompareMiddle([.. from.Take(fromEnd).Skip(begin)], [.. to.Take(toEnd).Skip(begin)]),
            .. from.Skip(fromEnd).Select(line => (' ', line)),
        ];
    }

    // The longest lines in common, by the table that every book on algorithms has.
    private static IEnumerable<(char Change, ConfigLine Line)> CompareMiddle(ConfigLine[] from, ConfigLine[] to)
    {
        if ((long)from.Length * to.Length > MostWork)
        {
            return [.. from.Select(line => ('-', line)), .. to.Select(line => ('+', line))];
        }

        var common = new int[from.Length + 1, to.Length + 1];
        for (var i = from.Length - 1; i >= 0; i--)
        {
            for (var j = to.Length - 1; j >= 0; j--)
            {
                common[i, j] = from[i] == to[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return Walk(from, to, common);
    }

    private static IEnumerable<(char Change, ConfigLine Line)> Walk(ConfigLine[] from, ConfigLine[] to, int[,] common)
    {
        var (i, j) = (0, 0);
        while (i < from.Length || j < to.Length)
        {
            if (i < from.Length && j < to.Length && from[i] == to[j])
            {
                yield return (' ', from[i]);
                (i, j) = (i + 1, j + 1);
            }
            else if (j == to.Length || (i < from.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                yield return ('-', from[i++]);
            }
            else
            {
                yield return ('+', to[j++]);
            }
        }
    }
}
