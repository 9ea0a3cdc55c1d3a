using System.Buffers;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Gateway.Segment;

/// <summary>Gives a received body as one piece of memory, inflated, and the server its buffers back.</summary>
internal sealed class BodyReader(BodyReceiver receiver, BodyInflater inflater)
{
    /// <summary>Hands the whole body to <paramref name="read"/>; it is gone when that returns.</summary>
    public Intake Read(HttpContext context, in ReadOnlySequence<byte> received, GatewayConfig limits, Func<ReadOnlyMemory<byte>, Intake> read)
    {
        var rented = default(RentedBody);
        var held = received.Length;
        try
        {
            if (BodyReceiver.IsEncoded(context.Request.Headers.ContentEncoding))
            {
                if (inflater.TryInflate(received, context.Request.Headers.ContentEncoding[0]!, limits, out rented) is { } error)
                {
                    return Intake.Refused(error);
                }

                held += rented.Length;
            }
            else if (!received.IsSingleSegment)
            {
                rented = new RentedBody(ArrayPool<byte>.Shared.Rent((int)received.Length), (int)received.Length);
                received.CopyTo(rented.Buffer);
            }

            return read(rented.Buffer is null ? received.First : rented.Bytes);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(received.End);
            receiver.Release(held);
            rented.Return();
        }
    }
}
