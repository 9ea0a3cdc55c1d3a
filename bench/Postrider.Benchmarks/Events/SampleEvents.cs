using System.Buffers;
using System.Text;
using Postrider.Events;

namespace Postrider.Benchmarks.Events;

/// <summary>The publish request that all questions about events are asked of.</summary>
internal static class SampleEvents
{
    public static readonly LogPosition Place = new(0, 0, 1_234_567);

    public const string LogId = "k3m9x2";

    /// <summary>A body as <c>/publish</c> takes it, of exactly so many bytes.</summary>
    public static byte[] Body(int length)
    {
        const string Start = """{"userId":"u00042","payload":{"event":"Order Completed","note":"n""";
        const string End = "\"}}";
        return Encoding.ASCII.GetBytes(Start + new string('n', length - Start.Length - End.Length) + End);
    }

    public static EventDraft Draft(bool withEverything) => new()
    {
        Source = "app",
        Key = "u00042"u8.ToArray(),
        ReceivedAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Type = withEverything ? "track" : null,
        TraceParent = withEverything ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : null,
        RequestedDestinations = withEverything ? ["crm", "warehouse"] : null,
    };

    public static byte[] Stored(int bodyLength, bool withEverything) =>
        EventEnvelope.Write(Draft(withEverything), new ReadOnlySequence<byte>(Body(bodyLength)));
}
