namespace Postrider.WebConsole.Parts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Class">Its colour: <c>accepted</c>, <c>delivered</c>, <c>failed</c>, <c>lag</c> or <c>slow</c>.</param>
/// <param name="Values">Its figures.</param>
public sealed record ChartSeries(string Name, string Class, IReadOnlyList<double?> Values);
