using System.Text;
using System.Text.Json;
using Postrider.Destinations.Http;

namespace Postrider.Destinations.Webhook;

/// <summary>Reads the results that a receiver gives for each event of a batch: <c>{"results":[{"id":"evt_…","status":422}]}</c>.</summary>
/// <remarks>
/// An event that is not listed has the status of the answer, so that a receiver may list only what failed. An answer that begins to be
/// this and is not counts as a retryable failure of all: a repeat is harmless, a failure unseen is not.
/// </remarks>
internal static class BatchAnswer
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a successful answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="batch">What it answers.</param>
    /// <param name="results">Takes a result for each event.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The attempt's deadline.</param>
    /// <returns>That of an event that is not listed.</returns>
    /// <exception cref="IOException">It broke off.</exception>
    public static async ValueTask<DeliveryResult> ReadAsync(
        HttpResponseMessage response, IReadOnlyList<DeliveryAttempt> batch, DeliveryResult[] results, TimeProvider time, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var isJson = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
            && type.ToString().Contains("json", StringComparison.OrdinalIgnoreCase);
        if (!isJson)
        {
            var plain = await WebhookAnswer.ReadAsync(response, time, cancellationToken);
            Array.Fill(results, plain);
            return plain;
        }

        var whole = DeliveryResult.Delivered(status);
        Array.Fill(results, whole);
        var body = new PooledBytes((int)Math.Clamp(response.Content.Headers.ContentLength ?? 0, 4096, MaxBytes + 1));
        try
        {
            var mistake = await TryReadAsync(response, body, cancellationToken)
                ? Apply(body.Written, batch, RetryAfterHeader.Read(response.Headers, time), results)
                : $"is longer than {MaxBytes} bytes";
            if (mistake is not null)
            {
                whole = DeliveryResult.Retry("protocol", $"the answer to the batch {mistake}", status);
                Array.Fill(results, whole);
            }
        }
        finally
        {
            body.Return();
        }

        return whole;
    }

    private static async Task<bool> TryReadAsync(HttpResponseMessage response, PooledBytes body, CancellationToken cancellationToken)
    {
        var stream = response.Content.ReadAsStream(cancellationToken);
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer.AsSpan(0, read));
            if (body.Length > MaxBytes)
            {
                return false;
            }
        }

        return true;
    }

    private static string? Apply(ReadOnlyMemory<byte> body, IReadOnlyList<DeliveryAttempt> batch, TimeSpan? retryAfter, DeliveryResult[] results)
    {
        if (body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("results", out var list))
            {
                return null;
            }

            if (list.ValueKind != JsonValueKind.Array)
            {
                return "has results that are no list";
            }

            var places = new Dictionary<string, int>(batch.Count, StringComparer.Ordinal);
            for (var i = 0; i < batch.Count; i++)
            {
                places[batch[i].Event.Id] = i;
            }

            foreach (var item in list.EnumerateArray())
            {
                if (Apply(item, places, retryAfter, results) is { } mistake)
                {
                    return mistake;
                }
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "is not JSON, although its type says so";
        }
    }

    private static string? Apply(JsonElement item, Dictionary<string, int> places, TimeSpan? retryAfter, DeliveryResult[] results)
    {
        if (item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("status", out var said) || said.ValueKind != JsonValueKind.Number || !said.TryGetInt32(out var status) || status is < 200 or > 999)
        {
            return "has a result without a status from 200 on";
        }

        int place;
        if (item.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
        {
            // One that is not of this batch is nobody's.
            place = places.GetValueOrDefault(id.GetString()!, -1);
        }
        else if (!item.TryGetProperty("index", out var index) || index.ValueKind != JsonValueKind.Number || !index.TryGetInt32(out place))
        {
            return "has a result without id and index";
        }

        if (place >= 0 && place < results.Length)
        {
            results[place] = status < 300
                ? DeliveryResult.Delivered(status)
                : WebhookAnswer.Failure(status, retryAfter, Encoding.UTF8.GetBytes(item.GetRawText()));
        }

        return null;
    }
}
