namespace Postrider.Journal;

/// <summary>What delivery leaves behind for people to look at: figures over time, attempts that are kept, and a tail of what happens now.</summary>
internal sealed class DeliveryJournal
{
    // Deliveries kept, of all destinations together, a second: so the store of them reaches back an hour and more.
    private const double SamplesPerSecond = 5;

    private static readonly TimeSpan ShortestSampling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSampling = TimeSpan.FromMinutes(5);

    private long _sampleEvery = ShortestSampling.Ticks;

    public FigureHistory Figures { get; init; } = new();

    public AttemptJournal Attempts { get; } = new();

    public TailHub Tail { get; } = new();

    /// <summary>A dispatcher keeps one delivery in so long at the most.</summary>
    public TimeSpan SampleEvery => TimeSpan.FromTicks(Volatile.Read(ref _sampleEvery));

    /// <summary>So many dispatchers share what deliveries may be kept.</summary>
    public void Share(int dispatchers) => Volatile.Write(
        ref _sampleEvery,
        Math.Clamp((long)(dispatchers / SamplesPerSecond * TimeSpan.TicksPerSecond), ShortestSampling.Ticks, LongestSampling.Ticks));
}
