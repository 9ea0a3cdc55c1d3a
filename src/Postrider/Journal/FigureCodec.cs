using System.Buffers;

namespace Postrider.Journal;

/// <summary>The byte form of a row, in memory and in storage. All numbers are unsigned LEB128.</summary>
/// <remarks>
/// <code>
/// version (1) · start · length · covered ms · accepted · refused · log bytes, then of each destination:
/// name · delivered · retried · rejected · lag · oldest ms
///   · buckets, and as often: gap to the last bucket, count
///   · classes, and as often: name, count
/// </code>
/// </remarks>
internal static class FigureCodec
{
    public const byte Version = 1;

    public static byte[] Write(FigureRow row, NameTable names)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        Varint.Write(writer, Version);
        Varint.Write(writer, row.Start);
        Varint.Write(writer, row.Length);
        Varint.Write(writer, row.CoveredMilliseconds);
        Varint.Write(writer, row.Accepted);
        Varint.Write(writer, row.Refused);
        Varint.Write(writer, row.LogBytes);
        foreach (var (name, figures) in row.Destinations)
        {
            if (!figures.IsEmpty)
            {
                Write(writer, names, name, figures);
            }
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no row of this version.</exception>
    public static FigureRow Read(byte[] bytes, string[] names)
    {
        var reader = new FigureReader(bytes);
        var row = new FigureRow
        {
            Start = reader.Start,
            Length = reader.Length,
            CoveredMilliseconds = reader.CoveredMilliseconds,
            Accepted = reader.Accepted,
            Refused = reader.Refused,
            LogBytes = reader.LogBytes,
        };
        Span<long> durations = stackalloc long[LatencyBuckets.Count];
        var errors = new Dictionary<int, long>();
        while (reader.Next())
        {
            durations.Clear();
            errors.Clear();
            var figures = new DestinationFigures
            {
                Delivered = reader.Delivered,
                Retried = reader.Retried,
                Rejected = reader.Rejected,
                Lag = reader.Lag,
                OldestMilliseconds = reader.OldestMilliseconds,
            };
            reader.ReadDetails(durations, errors);
            for (var i = 0; i < durations.Length; i++)
            {
                if (durations[i] > 0)
                {
                    figures.AddDurations(i, durations[i]);
                }
            }

            foreach (var (name, count) in errors)
            {
                figures.AddErrors(NameOf(names, name), count);
            }

            row.Destinations[NameOf(names, reader.Name)] = figures;
        }

        return row;
    }

    public static string NameOf(string[] names, int number) =>
        number < names.Length ? names[number] : throw new InvalidDataException("The history names something that is not in its table.");

    private static void Write(ArrayBufferWriter<byte> writer, NameTable names, string name, DestinationFigures figures)
    {
        Varint.Write(writer, names.NumberOf(name));
        Varint.Write(writer, figures.Delivered);
        Varint.Write(writer, figures.Retried);
        Varint.Write(writer, figures.Rejected);
        Varint.Write(writer, figures.Lag);
        Varint.Write(writer, figures.OldestMilliseconds);
        Varint.Write(writer, figures.Durations?.Count(static count => count > 0) ?? 0);
        var last = 0;
        for (var i = 0; i < figures.Durations?.Length; i++)
        {
            if (figures.Durations[i] > 0)
            {
                Varint.Write(writer, i - last);
                Varint.Write(writer, figures.Durations[i]);
                last = i;
            }
        }

        Varint.Write(writer, figures.Errors?.Count ?? 0);
        foreach (var (errorClass, count) in figures.Errors ?? [])
        {
            Varint.Write(writer, names.NumberOf(errorClass));
            Varint.Write(writer, count);
        }
    }
}
