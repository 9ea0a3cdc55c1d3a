using Postrider.Journal;

namespace Postrider.Operations;

/// <summary>Answers how things went, at the resolution that fits the time asked for.</summary>
internal sealed class History(ServerState state, TimeProvider time) : IHistory
{
    public static readonly TimeSpan ShortestSpan = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan LongestSpan = TimeSpan.FromHours(24);

    public const int FewestPoints = 2;
    public const int MostPoints = 1500;

    // Steps that a clock face knows, in seconds: points of one report lie where those of the next will.
    private static readonly int[] Steps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

    public HistoryReport GetHistory(HistoryQuery query)
    {
        var span = (long)Math.Clamp(query.Span.TotalSeconds, ShortestSpan.TotalSeconds, LongestSpan.TotalSeconds);
        var points = Math.Clamp(query.MaxPoints, FewestPoints, MostPoints);
        var view = state.Running?.Journal?.Figures.View(TimeSpan.FromSeconds(span)) ?? new FigureView(FigureHistory.CoarseStep, [], []);

        // One more than fit: neither end lies on a step.
        var step = Steps.First(step => step >= view.Step && (span / step) + 2 <= points || step == Steps[^1]);
        var end = EndOf(view);
        var from = (end - span) / step * step;
        var count = (int)Math.Min(points, (end - from + step - 1) / step);
        return new HistorySeries(view, from, step, count, query.Destination).Build();
    }

    // Up to where there are figures, if they are of now: a point that has only just begun is no gap.
    private long EndOf(in FigureView view)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var next = ((now / view.Step) + 1) * view.Step;
        return view.Rows.Count > 0 && view.Rows[^1].End is var last && last > now - (2 * view.Step) && last < next ? last : next;
    }
}
