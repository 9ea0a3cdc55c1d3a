using System.Buffers;
using System.Text;
using Postrider.Events;

namespace Postrider.Tests.Log;

/// <summary>Makes events for log tests.</summary>
internal static class TestEvents
{
    public static Event Create(string body, string? key = null, string? type = null) => Event.Create(
        new EventDraft
        {
            Source = "app",
            Key = key is null ? default : Encoding.UTF8.GetBytes(key),
            Type = type,
            ReceivedAt = DateTimeOffset.UnixEpoch.AddDays(20000),
        },
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));

    public static Event Numbered(int number, int padding = 0) => Create($"{{\"n\":{number},\"pad\":\"{new string('x', padding)}\"}}");

    public static string Text(Event @event) => Encoding.UTF8.GetString(@event.Body.Span);
}
