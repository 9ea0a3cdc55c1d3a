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
        var (held, isWithServer) = (received.Length, true);
        try
        {
            if (BodyReceiver.IsEncoded(context.Request.Headers.ContentEncoding))
            {
                if (inflater.TryInflate(received, context.Request.Headers.ContentEncoding[0]!, limits, out rented) is { } error)
                {
                    return Intake.Refused(error);
                }

                receiver.Release(held);
                held = rented.Taken;
            }
            else if (!received.IsSingleSegment)
            {
                rented = new RentedBody(ArrayPool<byte>.Shared.Rent((int)received.Length), (int)received.Length, received.Length);
                received.CopyTo(rented.Buffer);
            }

            if (rented.Buffer is null)
            {
                return read(received.First);
            }

            // It is in memory twice no longer than the copy takes.
            context.Request.BodyReader.AdvanceTo(received.End);
            isWithServer = false;
            return read(rented.Bytes);
        }
        finally
        {
            if (isWithServer)
            {
                context.Request.BodyReader.AdvanceTo(received.End);
            }

            receiver.Release(held);
            rented.Return();
        }
    }
}
