using System.ComponentModel;
using Postrider.Configuration;

namespace Example.Files;

/// <summary>What the user writes for a destination of type <c>file</c>.</summary>
public sealed record FileSettings
{
    /// <summary>The folder that the files are written to; it must exist.</summary>
    [Description("The folder that the files are written to, as an absolute path. It must exist.")]
    public required string Folder { get; init; }

    /// <summary>A larger event is rejected. Default 1 MiB.</summary>
    [Description("The largest event that is written; a larger one becomes a dead letter.")]
    public ByteSize MaxEventSize { get; init; } = ByteSize.FromMebibytes(1);
}
