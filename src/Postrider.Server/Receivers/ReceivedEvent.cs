using System.Text.Json;

namespace Postrider.Server.Receivers;

/// <summary>What a receiver reads of an event.</summary>
/// <param name="UserId">The user, unescaped.</param>
/// <param name="Payload">The payload's JSON as it was sent.</param>
internal sealed record ReceivedEvent(string UserId, string Payload)
{
    /// <summary>Null: the body is not an event.</summary>
    public static async Task<ReceivedEvent?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(body, default, cancellationToken);
            if (document.RootElement.ValueKind is not JsonValueKind.Object
                || !document.RootElement.TryGetProperty("userId", out var userId)
                || !document.RootElement.TryGetProperty("payload", out var payload))
            {
                return null;
            }

            return new ReceivedEvent(userId.ToString(), payload.GetRawText());
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
