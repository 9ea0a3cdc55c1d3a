using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>Where accepted events are stored.</summary>
public sealed record LogConfig
{
    /// <summary>The kind of log. Default: <c>embedded</c>. The members below <c>type</c> are those of the embedded one, and keep their defaults for another.</summary>
    [Description("The kind of log: files on this machine, or Redis.")]
    public LogType Type { get; init; } = LogType.Embedded;

    /// <summary>The folder. Default <c>./data</c>, relative to the configuration file; the reader makes it absolute.</summary>
    [Description("The folder, relative to this file.")]
    public string Path { get; init; } = "./data";

    /// <summary>All that the log may occupy. Default: half of the disk.</summary>
    [Description("All that the log may occupy. Left out: half of the disk.")]
    public ByteSize? MaxSize { get; init; }

    /// <summary>Free disk space that is never used. Default 1 GiB.</summary>
    [Description("Free disk space that is never used.")]
    public ByteSize MinFreeDisk { get; init; } = ByteSize.FromMebibytes(1024);

    /// <summary>How long events are kept once every destination has settled them. Default 1 h.</summary>
    [Description("How long events are kept once every destination has settled them; yields to space.")]
    public TimeSpan Retain { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Size at which a segment file is closed and the next begun. Default 128 MiB.</summary>
    [Description("Size at which a segment file is closed and the next begun.")]
    public ByteSize SegmentSize { get; init; } = ByteSize.FromMebibytes(128);

    /// <summary>How long a write may wait for company at a steady rate; 0 writes at once. Default: adaptive, at most 2 ms.</summary>
    [Description("The longest that a write waits for company when requests come at a steady rate; it cuts CPU. 0s: never.")]
    public TimeSpan MaxLinger { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Memory for the ids by which repeated events are recognised: 64 bytes each, the oldest are forgotten first. Default 64 MiB.</summary>
    [Description("Memory for the ids by which repeated events are recognised, 64 bytes each; the oldest are forgotten first.")]
    public ByteSize MaxRepeatMemory { get; init; } = ByteSize.FromMebibytes(64);

    /// <summary>The members of a log of type <c>redis</c>, which stand in the file beside <c>type</c>. Null for another type.</summary>
    [Browsable(false)]
    public RedisLogConfig? Redis { get; init; }
}
