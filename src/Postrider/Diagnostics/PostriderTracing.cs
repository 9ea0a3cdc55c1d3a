using System.Diagnostics;

namespace Postrider.Diagnostics;

/// <summary>The spans of Postrider, on one source. While nobody listens there are none, and asking costs the read of a field.</summary>
public static class PostriderTracing
{
    /// <summary>The source to subscribe to.</summary>
    public const string SourceName = "Postrider";

    /// <summary>What begins spans.</summary>
    internal static ActivitySource Source { get; } = new(SourceName, ProductVersion.Text);

    /// <summary>The span of ours that the caller works for; null: none, or nobody listens.</summary>
    internal static Activity? Current =>
        Source.HasListeners() && Activity.Current is { } current && ReferenceEquals(current.Source, Source) ? current : null;
}
