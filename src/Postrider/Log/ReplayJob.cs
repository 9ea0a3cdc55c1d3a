namespace Postrider.Log;

/// <summary>A replay: events that one destination gets again. Durable; one record a partition.</summary>
internal sealed record ReplayJob
{
    /// <summary>Ended ones are forgotten beyond so many newer ones.</summary>
    public const int KeptCount = 100;

    /// <summary>Its name: <c>rpl_</c> and 16 hex digits, the same in all partitions.</summary>
    public required string Id { get; init; }

    public required string Destination { get; init; }

    /// <summary>True: dead letters; false: the log's events.</summary>
    public required bool OfDeadLetters { get; init; }

    /// <summary>Which of them.</summary>
    public required DeadLetterFilter Filter { get; init; }

    /// <summary>Events a second, over all partitions; null: as fast as the destination takes them.</summary>
    public double? Rate { get; init; }

    /// <summary>The first position that it looks at.</summary>
    public required long From { get; init; }

    /// <summary>The position behind the last that it looks at.</summary>
    public required long Before { get; init; }

    /// <summary>How many events it will replay, as counted when it began; of the log: how many positions it will look at.</summary>
    public required long Total { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required ReplayProgress Progress { get; init; }
}

/// <summary>How far a replay has come. Saved together with the events that it put into the retry store, so that none comes twice.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Next">The position that it looks at next.</param>
/// <param name="Events">Events replayed so far.</param>
/// <param name="FinishedAt">When it ended; null: it has not.</param>
/// <param name="Reason">Why it failed; null: it has not.</param>
internal sealed record ReplayProgress(ReplayState State, long Next, long Events, DateTimeOffset? FinishedAt = null, string? Reason = null);

/// <summary>What a replay is doing. Stored as the number.</summary>
internal enum ReplayState
{
    Running = 0,
    Done = 1,
    Cancelled = 2,
    Failed = 3,
}
