namespace Postrider.Gateway.Segment;

/// <summary>One path of these endpoints.</summary>
/// <param name="Service">What it serves.</param>
/// <param name="Type">The type of its event; null: events say theirs.</param>
/// <param name="IsShort">One of Segment's browser forms, which answer as Segment does.</param>
internal sealed record SegmentRoute(SegmentService Service, string? Type = null, bool IsShort = false)
{
    /// <summary>The method that it takes.</summary>
    public string Method => Service is SegmentService.Event or SegmentService.Batch ? "POST" : "GET";

    /// <summary>The write key that stands in the path.</summary>
    public string? WriteKey { get; init; }
}
