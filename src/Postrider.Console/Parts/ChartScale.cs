using System.Globalization;
using System.Text;

namespace Postrider.WebConsole.Parts;

/// <summary>Turns figures over time into the paths of a drawing. A point without a figure leaves a gap.</summary>
internal sealed class ChartScale(double width, double height, int points, double top, double margin = 0)
{
    // With zeros behind: what people can halve in their heads. Finer than 1, 2, 5, so that the lines use the height.
    private static readonly double[] Steps = [1, 2, 4, 6, 8, 10];

    /// <summary>A round number at or above all values; 1 where there are none.</summary>
    public static double TopOf(IEnumerable<IReadOnlyList<double?>> series, bool areBytes = false)
    {
        var most = series.SelectMany(values => values).Max() ?? 0;
        if (most <= 0)
        {
            return 1;
        }

        // What is round in bytes is not round in kibibytes.
        var unit = areBytes ? Math.Pow(1024, Math.Floor(Math.Log(Math.Max(most, 1), 1024))) : 1;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(most / unit)));
        return Steps.First(step => step * magnitude * unit >= most) * magnitude * unit;
    }

    public string Line(IReadOnlyList<double?> values) => Draw(values, false);

    /// <summary>The line, closed along the bottom.</summary>
    public string Area(IReadOnlyList<double?> values) => Draw(values, true);

    private string Draw(IReadOnlyList<double?> values, bool closed)
    {
        var path = new StringBuilder();
        var begin = -1;
        for (var i = 0; i <= values.Count; i++)
        {
            if (i < values.Count && values[i] is { } value)
            {
                path.Append(begin < 0 ? 'M' : 'L');
                Append(path, X(i), Y(value));
                begin = begin < 0 ? i : begin;
            }
            else if (begin >= 0)
            {
                End(path, begin, i - 1, closed, values);
                begin = -1;
            }
        }

        return path.ToString();
    }

    private void End(StringBuilder path, int first, int last, bool closed, IReadOnlyList<double?> values)
    {
        if (closed)
        {
            path.Append('L');
            Append(path, X(last), height);
            path.Append('L');
            Append(path, X(first), height);
            path.Append('Z');
        }
        else if (first == last)
        {
            // One point alone would not be seen.
            path.Append('L');
            Append(path, X(first) + 0.5, Y(values[first]!.Value));
        }
    }

    private double X(int index) => points < 2 ? 0 : index * width / (points - 1);

    private double Y(double value) => height - margin - (Math.Min(value, top) / top * (height - (2 * margin)));

    private static void Append(StringBuilder path, double x, double y) =>
        path.Append(Math.Round(x, 1).ToString(CultureInfo.InvariantCulture)).Append(' ').Append(Math.Round(y, 1).ToString(CultureInfo.InvariantCulture));
}
