using System.Buffers;
using System.Text;
using System.Text.Json;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Writes events as lines of JSON.</summary>
internal sealed class LogDump(IStorage storage, LogFolder folder, TextWriter output)
{
    private const int ReadBytes = 1 << 20;

    public long Run(long from, long count)
    {
        var (logId, _, surveys) = LogSurvey.Take(storage, folder, from);
        long written = 0;
        foreach (var survey in surveys)
        {
            using var segment = Open(survey, logId);
            written += Write(segment, logId, from, count - written);
            if (written >= count)
            {
                break;
            }
        }

        return written;
    }

    private Segment Open(SegmentSurvey survey, string logId)
    {
        var index = new SegmentIndex(survey.First);
        foreach (var (offset, frame) in survey.Good)
        {
            index.Add(frame.Position, offset);
        }

        var segment = new Segment(storage, survey.Path, new SegmentHeader(survey.First, default, logId), index);
        var (last, end) = survey.Good is [.., var (lastOffset, lastFrame)] ? (lastFrame.Position + 1, lastOffset + lastFrame.Length) : (survey.First, SegmentHeader.Length);
        segment.Extend(last, end);
        return segment;
    }

    private long Write(Segment segment, string logId, long from, long count)
    {
        var reader = new SegmentReader(new SegmentSet([segment]), logId, new LogHealth());
        var position = Math.Max(from, segment.First);
        long written = 0;
        while (written < count && position < segment.End)
        {
            IReadOnlyList<Event> events;
            try
            {
                events = reader.Read(position, segment.End, ReadBytes);
            }
            catch (Exception e) when (e is LogCorruptException or NewerEnvelopeException)
            {
                output.WriteLine(e.Message);
                return written;
            }

            foreach (var @event in events.Take((int)Math.Min(int.MaxValue, count - written)))
            {
                output.WriteLine(ToJson(@event));
                written++;
            }

            position = events[^1].Position + 1;
        }

        return written;
    }

    private static string ToJson(Event @event)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", @event.Id);
            writer.WriteNumber("position", @event.Position);
            writer.WriteString("receivedAt", @event.ReceivedAt);
            writer.WriteString("source", @event.Source);
            writer.WriteString("key", @event.Key);
            writer.WriteString("type", @event.Type);
            WriteBody(writer, @event.Body);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteBody(Utf8JsonWriter writer, ReadOnlyMemory<byte> body)
    {
        try
        {
            // Parsed and written anew, because a line break inside would break the line.
            using var document = JsonDocument.Parse(body);
            writer.WritePropertyName("body");
            document.WriteTo(writer);
        }
        catch (JsonException)
        {
            writer.WriteBase64String("bodyBase64", body.Span);
        }
    }
}
