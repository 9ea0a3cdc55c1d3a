namespace Postrider.Log.Embedded;

/// <summary>The embedded log's settings, ready to use.</summary>
internal sealed record EmbeddedLogOptions
{
    public required string Path { get; init; }

    /// <summary>All that the log may occupy; null: half of the disk.</summary>
    public long? MaxSizeBytes { get; init; }

    /// <summary>Free disk space that is never used.</summary>
    public long MinFreeDiskBytes { get; init; } = 1L << 30;

    /// <summary>How long events are kept once they are settled.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Size at which a segment is sealed. At most 1 GiB.</summary>
    public long SegmentBytes { get; init; } = 128L << 20;

    /// <summary>The longest that a write waits for company; zero: never.</summary>
    public TimeSpan MaxLinger { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Bytes framed and not yet synced; above it appends are refused.</summary>
    public long MaxUnsyncedBytes { get; init; } = 32L << 20;

    /// <summary>Memory for the ids whose repeats are recognised; beyond it the oldest are forgotten.</summary>
    public long RepeatBytes { get; init; } = 64L << 20;

    /// <summary>Where delivery begins when the state is lost or does not match; null: refuse to open then.</summary>
    public DeliverFrom? DeliverFrom { get; init; }

    internal IStorage Storage { get; init; } = DiskStorage.Instance;
}
