using System.Net;

namespace Postrider.Gateway.Segment;

/// <summary>What the server knows of a request beside its body.</summary>
internal sealed record RequestFacts
{
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The other end of the connection.</summary>
    public IPAddress? Address { get; init; }

    public string? TraceParent { get; init; }
}
