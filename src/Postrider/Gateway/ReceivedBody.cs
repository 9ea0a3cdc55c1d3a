using System.Buffers;

namespace Postrider.Gateway;

/// <summary>A whole request body in the server's own buffers, or the answer to give instead.</summary>
internal readonly record struct ReceivedBody(ReadOnlySequence<byte> Bytes, GatewayError? Error)
{
    public static ReceivedBody Refused(GatewayError error) => new(ReadOnlySequence<byte>.Empty, error);
}
