using System.Buffers;
using Postrider.Destinations.Http;

namespace Postrider.Destinations.Webhook;

/// <summary>Reads as much of an answer as is of use, and says what its status means.</summary>
internal static class WebhookAnswer
{
    // Enough for the pages that frameworks answer with; beyond it a new connection is cheaper than the rest of the answer.
    public const int MaxDrainBytes = 64 * 1024;

    // The first KiB stays for the story; the rest is read over and over.
    private const int BufferBytes = 8 * 1024;

    public static async ValueTask<DeliveryResult> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var isSuccess = status is >= 200 and < 300;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var kept = 0;
            try
            {
                var body = response.Content.ReadAsStream(cancellationToken);
                for (int total = 0, read; total < MaxDrainBytes; total += read)
                {
                    read = await body.ReadAsync(Free(buffer, kept), cancellationToken);
                    if (read == 0)
                    {
                        break;
                    }

                    kept = Math.Min(kept + read, DeliveryResult.MaxAnswerBytes);
                }
            }
            catch (IOException) when (!isSuccess && !cancellationToken.IsCancellationRequested)
            {
                // The status said it all. A broken success is no success: the receiver may have fallen over it.
            }

            return isSuccess
                ? DeliveryResult.Delivered(status)
                : Failure(status, RetryAfterHeader.Read(response.Headers, time), buffer.AsSpan(0, kept).ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Memory<byte> Free(byte[] buffer, int kept) => kept < DeliveryResult.MaxAnswerBytes
        ? buffer.AsMemory(kept, DeliveryResult.MaxAnswerBytes - kept)
        : buffer.AsMemory(DeliveryResult.MaxAnswerBytes);

    /// <summary>What a status that is no success means for an event.</summary>
    public static DeliveryResult Failure(int status, TimeSpan? retryAfter, byte[] answer) => status switch
    {
        < 200 => DeliveryResult.Retry("protocol", $"answered {status}, which is no end of a request", status, retryAfter, answer),
        < 400 => DeliveryResult.Rejected("status", $"answered {status}; redirects are not followed", status, answer) with { RetryAfter = retryAfter },
        408 or 425 or 429 or >= 500 => DeliveryResult.Retry("status", $"answered {status}", status, retryAfter, answer),
        _ => DeliveryResult.Rejected("status", $"answered {status}", status, answer) with { RetryAfter = retryAfter },
    };
}
