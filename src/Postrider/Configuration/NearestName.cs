namespace Postrider.Configuration;

/// <summary>Finds the name that was probably meant.</summary>
internal static class NearestName
{
    /// <summary>The end of a message about an unknown name: <c>; did you mean 'x'?</c>, or the names that there are.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var names = known.ToList();
        if (names.Count == 0)
        {
            return "; there are none";
        }

        var nearest = names.MinBy(candidate => Distance(name, candidate))!;
        var distance = Distance(name, nearest);
        // A third of the letters may differ, but not all of them.
        return distance <= Math.Max(1, nearest.Length / 3) && distance < Math.Min(name.Length, nearest.Length)
            ? $"; did you mean '{nearest}'?"
            : $"; known are {string.Join(", ", names)}";
    }

    /// <summary>How many letters to insert, remove, change, or swap with their neighbour; case does not count.</summary>
    private static int Distance(string left, string right)
    {
        // Longer than any name that could be near, and the table below is quadratic.
        if (left.Length > 128)
        {
            return int.MaxValue;
        }

        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                table[i, j] = i == 0 ? j : j == 0 ? i : Cheapest(table, left, right, i, j);
            }
        }

        return table[left.Length, right.Length];
    }

    private static int Cheapest(int[,] table, string left, string right, int i, int j)
    {
        var change = Same(left[i - 1], right[j - 1]) ? 0 : 1;
        var cost = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + change);
        var swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(cost, table[i - 2, j - 2] + 1) : cost;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
