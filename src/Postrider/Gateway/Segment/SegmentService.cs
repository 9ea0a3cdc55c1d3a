namespace Postrider.Gateway.Segment;

/// <summary>What a path serves.</summary>
internal enum SegmentService
{
    /// <summary>One event, whose type the path gives.</summary>
    Event,

    /// <summary>Events of any types.</summary>
    Batch,

    /// <summary>An image in place of a script; its query is the event.</summary>
    Pixel,

    /// <summary>What RudderStack's SDKs ask for first.</summary>
    SourceConfig,

    /// <summary>What Segment's SDKs ask for first.</summary>
    Settings,
}
