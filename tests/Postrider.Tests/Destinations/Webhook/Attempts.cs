using System.Buffers;
using System.Text;
using Postrider.Destinations;
using Postrider.Events;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Attempts as the pump would make them.</summary>
internal static class Attempts
{
    public static DeliveryAttempt Of(string body = """{"a":1}""", string? id = null, string? traceParent = null, int attempt = 1, long position = 7, string? key = null, string? type = null)
    {
        var draft = new EventDraft
        {
            Source = "app",
            Key = key is null ? default : Encoding.UTF8.GetBytes(key),
            Type = type,
            ReceivedAt = DateTimeOffset.UnixEpoch,
            OwnId = id,
            TraceParent = traceParent,
        };
        var made = Event.Create(draft, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));
        made.PlaceAt("testlog", new LogPosition(0, 0, position));
        return new DeliveryAttempt(made, attempt);
    }
}
