using System.Buffers;
using System.IO.Hashing;
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

    /// <summary>An event of an id whose repeats are looked for, until an hour from now unless told.</summary>
    public static Event Repeatable(string id, string body = "{}", TimeSpan? window = null, string source = "app")
    {
        var (bytes, now) = (Encoding.UTF8.GetBytes(body), DateTimeOffset.UtcNow);
        var key = new RepeatKey(
            XxHash128.HashToUInt128(Encoding.UTF8.GetBytes($"{source}\0{id}")), XxHash3.HashToUInt64(bytes), now + (window ?? TimeSpan.FromHours(1)));
        return Event.Create(new EventDraft { Source = source, ReceivedAt = now, RepeatKey = key }, new ReadOnlySequence<byte>(bytes));
    }

    /// <summary>An event that the client gave an id, in a window of an hour.</summary>
    public static Event Repeatable(string id, int number, string? key = null) => Event.Create(
        new EventDraft
        {
            Source = "app",
            Key = key is null ? default : Encoding.UTF8.GetBytes(key),
            ReceivedAt = DateTimeOffset.UnixEpoch.AddDays(20000),
            RepeatKey = new RepeatKey(XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(id)), (ulong)number, DateTimeOffset.UtcNow.AddHours(1)),
        },
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($"{number}")));

    public static Event Numbered(int number, int padding = 0) => Create($"{{\"n\":{number},\"pad\":\"{new string('x', padding)}\"}}");

    public static string Text(Event @event) => Encoding.UTF8.GetString(@event.Body.Span);
}
