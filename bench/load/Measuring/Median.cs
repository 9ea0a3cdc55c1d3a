namespace Postrider.Load.Measuring;

/// <summary>The middle of a few repeated figures, and how far they spread.</summary>
internal sealed record Median(double Middle, double Low, double High)
{
    public static Median Of(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        var half = sorted.Length / 2;
        var middle = sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Median(middle, sorted[0], sorted[^1]);
    }
}
