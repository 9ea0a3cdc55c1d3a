using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Text;

namespace Postrider.Events;

/// <summary>The one byte form of an event, for every log. Little-endian:</summary>
/// <remarks>
/// <code>
/// 0   u8   version (1)
/// 1   u8   flags: 1 key · 2 type · 4 traceparent · 8 own id · 16 requested destinations · 32 repeat key · 64 excluded destinations · 128 kept headers
/// 2   u32  offset of the body
/// 6   i64  received at, Unix milliseconds
/// 14  u64  key hash (XxHash3 of the key's UTF-8; 0 without a key)
/// 22  str  source, then each field whose flag is set, in the order of the flags, but the repeat key last;
///          requested and excluded destinations are a u16 count and as many str, kept headers a u16 count and as many pairs of name and value;
///          a repeat key is 16 bytes of id, u64 of body, i64 until in Unix milliseconds, and stands right before the body
/// .        body, to the end
/// str = u16 length and UTF-8
/// </code>
/// The key hash decides the partition and the lane, so its algorithm is part of the format.
/// </remarks>
internal static class EventEnvelope
{
    public const byte Version = 1;
    public const int FixedLength = 22;

    /// <summary>Longest key, type, source, id or trace context, in bytes of UTF-8: lengths are u16.</summary>
    public const int MaxFieldBytes = ushort.MaxValue;

    private const byte HasKey = 1;
    private const byte HasType = 2;
    private const byte HasTraceParent = 4;
    private const byte HasOwnId = 8;
    private const byte HasDestinations = 16;
    private const byte HasRepeatKey = 32;
    private const byte HasExcluded = 64;
    private const byte HasHeaders = 128;
    private const byte TextFlags = HasKey | HasType | HasTraceParent | HasOwnId;
    private const int RepeatKeyLength = 32;

    private static readonly long MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static ulong HashKey(ReadOnlySpan<byte> key) => key.IsEmpty ? 0 : XxHash3.HashToUInt64(key);

    /// <summary>Writes the draft and its body as one exact array: from here on the event is never copied but into the log.</summary>
    public static byte[] Write(in EventDraft draft, in ReadOnlySequence<byte> body)
    {
        var bodyOffset = MeasureHeader(draft);
        var bytes = GC.AllocateUninitializedArray<byte>(checked(bodyOffset + (int)body.Length));
        WriteHeader(draft, bytes, bodyOffset);
        body.CopyTo(bytes.AsSpan(bodyOffset));
        return bytes;
    }

    /// <summary>The same event with an id of its own, for a log where its place is another one. It must have none yet.</summary>
    public static byte[] WithOwnId(ReadOnlySpan<byte> bytes, string id)
    {
        var at = FixedLength;
        SkipTexts(bytes, ref at, 1 + BitOperations.PopCount((uint)(bytes[1] & (HasKey | HasType | HasTraceParent))));
        var length = 2 + Utf8Length(id);
        var moved = GC.AllocateUninitializedArray<byte>(bytes.Length + length);
        bytes[..at].CopyTo(moved);
        bytes[at..].CopyTo(moved.AsSpan(at + length));
        moved[1] |= HasOwnId;
        BinaryPrimitives.WriteUInt32LittleEndian(moved.AsSpan(2), (uint)(BodyOffset(bytes) + length));
        WriteText(moved, ref at, id);
        return moved;
    }

    /// <summary>Reads the envelope's fields.</summary>
    /// <exception cref="NewerEnvelopeException">The envelope was written by a newer version: stop, never skip.</exception>
    /// <exception cref="InvalidDataException">The bytes are no envelope.</exception>
    public static EventFields Read(ReadOnlySpan<byte> bytes)
    {
        Check(bytes);
        var flags = bytes[1];
        var offset = FixedLength;
        return new EventFields
        {
            Source = ReadText(bytes, ref offset),
            Key = (flags & HasKey) != 0 ? ReadText(bytes, ref offset) : null,
            Type = (flags & HasType) != 0 ? ReadText(bytes, ref offset) : null,
            TraceParent = (flags & HasTraceParent) != 0 ? ReadText(bytes, ref offset) : null,
            OwnId = (flags & HasOwnId) != 0 ? ReadText(bytes, ref offset) : null,
            RequestedDestinations = (flags & HasDestinations) != 0 ? ReadList(bytes, ref offset) : null,
            ExcludedDestinations = (flags & HasExcluded) != 0 ? ReadList(bytes, ref offset) : [],
            KeptHeaders = (flags & HasHeaders) != 0 ? ReadHeaders(bytes, ref offset) : [],
        };
    }

    /// <summary>Makes sure that everything else here can read these bytes: nothing is decoded, only lengths are added up.</summary>
    /// <exception cref="NewerEnvelopeException">The envelope was written by a newer version: stop, never skip.</exception>
    /// <exception cref="InvalidDataException">The bytes are no envelope.</exception>
    public static void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && bytes[0] > Version)
        {
            throw new NewerEnvelopeException(bytes[0]);
        }

        if (bytes.Length < FixedLength || bytes[0] != Version
            || ReceivedAtMilliseconds(bytes) < MinMilliseconds || ReceivedAtMilliseconds(bytes) > MaxMilliseconds)
        {
            throw new InvalidDataException("The record holds no event envelope.");
        }

        var offset = FixedLength;
        var texts = 1 + BitOperations.PopCount((uint)(bytes[1] & TextFlags));
        SkipTexts(bytes, ref offset, texts);
        if ((bytes[1] & HasDestinations) != 0)
        {
            SkipTexts(bytes, ref offset, ReadLength(bytes, ref offset));
        }

        if ((bytes[1] & HasExcluded) != 0)
        {
            SkipTexts(bytes, ref offset, ReadLength(bytes, ref offset));
        }

        if ((bytes[1] & HasHeaders) != 0)
        {
            SkipTexts(bytes, ref offset, 2 * ReadLength(bytes, ref offset));
        }

        offset += (bytes[1] & HasRepeatKey) != 0 ? RepeatKeyLength : 0;
        if (offset > bytes.Length || BinaryPrimitives.ReadUInt32LittleEndian(bytes[2..]) != offset)
        {
            throw new InvalidDataException("The fields of an envelope do not end where its body begins.");
        }

        if ((bytes[1] & HasRepeatKey) != 0 && BinaryPrimitives.ReadInt64LittleEndian(bytes[(offset - 8)..]) is var until && (until < MinMilliseconds || until > MaxMilliseconds))
        {
            throw new InvalidDataException("The window of an envelope's repeat key ends at an impossible time.");
        }
    }

    public static int BodyOffset(ReadOnlySpan<byte> bytes) => checked((int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[2..]));

    public static long ReceivedAtMilliseconds(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]);

    public static ulong KeyHash(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[14..]);

    public static bool IsKeyed(ReadOnlySpan<byte> bytes) => (bytes[1] & HasKey) != 0;

    public static bool BringsId(ReadOnlySpan<byte> bytes) => (bytes[1] & HasOwnId) != 0;

    public static bool Excludes(ReadOnlySpan<byte> bytes) => (bytes[1] & HasExcluded) != 0;

    public static RepeatKey? RepeatKey(ReadOnlySpan<byte> bytes)
    {
        if ((bytes[1] & HasRepeatKey) == 0)
        {
            return null;
        }

        var key = bytes[(BodyOffset(bytes) - RepeatKeyLength)..];
        return new RepeatKey(
            BinaryPrimitives.ReadUInt128LittleEndian(key),
            BinaryPrimitives.ReadUInt64LittleEndian(key[16..]),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(key[24..])));
    }

    private static int MeasureHeader(in EventDraft draft)
    {
        var length = FixedLength + 2 + Utf8Length(draft.Source);
        length += draft.Key.IsEmpty ? 0 : 2 + Fitting(draft.Key.Length);
        length += draft.Type is null ? 0 : 2 + Utf8Length(draft.Type);
        length += draft.TraceParent is null ? 0 : 2 + Utf8Length(draft.TraceParent);
        length += draft.OwnId is null ? 0 : 2 + Utf8Length(draft.OwnId);
        length += draft.RequestedDestinations is { } destinations ? MeasureList(destinations) : 0;
        length += draft.ExcludedDestinations is { Count: > 0 } excluded ? MeasureList(excluded) : 0;
        if (draft.KeptHeaders is { Count: > 0 } headers)
        {
            length += 2;
            Fitting(headers.Count);
            foreach (var (name, value) in headers)
            {
                length += 4 + Utf8Length(name) + Utf8Length(value);
            }
        }

        length += draft.RepeatKey is null ? 0 : RepeatKeyLength;
        return length;
    }

    private static void WriteHeader(in EventDraft draft, Span<byte> bytes, int bodyOffset)
    {
        var flags = (draft.Key.IsEmpty ? 0 : HasKey)
            | (draft.Type is null ? 0 : HasType)
            | (draft.TraceParent is null ? 0 : HasTraceParent)
            | (draft.OwnId is null ? 0 : HasOwnId)
            | (draft.RequestedDestinations is null ? 0 : HasDestinations)
            | (draft.ExcludedDestinations is { Count: > 0 } ? HasExcluded : 0)
            | (draft.KeptHeaders is { Count: > 0 } ? HasHeaders : 0)
            | (draft.RepeatKey is null ? 0 : HasRepeatKey);
        bytes[0] = Version;
        bytes[1] = (byte)flags;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[2..], (uint)bodyOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[6..], draft.ReceivedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[14..], HashKey(draft.Key.Span));

        var offset = FixedLength;
        WriteText(bytes, ref offset, draft.Source);
        if (!draft.Key.IsEmpty)
        {
            WriteLength(bytes, ref offset, draft.Key.Length);
            draft.Key.Span.CopyTo(bytes[offset..]);
            offset += draft.Key.Length;
        }

        WriteOptional(bytes, ref offset, draft.Type);
        WriteOptional(bytes, ref offset, draft.TraceParent);
        WriteOptional(bytes, ref offset, draft.OwnId);
        if (draft.RequestedDestinations is { } destinations)
        {
            WriteList(bytes, ref offset, destinations);
        }

        if (draft.ExcludedDestinations is { Count: > 0 } excluded)
        {
            WriteList(bytes, ref offset, excluded);
        }

        if (draft.KeptHeaders is { Count: > 0 } headers)
        {
            WriteLength(bytes, ref offset, headers.Count);
            foreach (var (name, value) in headers)
            {
                WriteText(bytes, ref offset, name);
                WriteText(bytes, ref offset, value);
            }
        }

        if (draft.RepeatKey is { } repeat)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes[offset..], repeat.Id);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(offset + 16)..], repeat.Body);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[(offset + 24)..], repeat.Until.ToUnixTimeMilliseconds());
        }
    }

    private static int MeasureList(IReadOnlyList<string> texts)
    {
        Fitting(texts.Count);
        return 2 + texts.Sum(static text => 2 + Utf8Length(text));
    }

    private static int Utf8Length(string text) => Fitting(Encoding.UTF8.GetByteCount(text));

    private static int Fitting(int length) =>
        length <= MaxFieldBytes ? length : throw new ArgumentException("An envelope field is longer than 65,535 bytes.");

    private static void WriteOptional(Span<byte> bytes, ref int offset, string? text)
    {
        if (text is not null)
        {
            WriteText(bytes, ref offset, text);
        }
    }

    private static void WriteList(Span<byte> bytes, ref int offset, IReadOnlyList<string> texts)
    {
        WriteLength(bytes, ref offset, texts.Count);
        foreach (var text in texts)
        {
            WriteText(bytes, ref offset, text);
        }
    }

    private static void WriteText(Span<byte> bytes, ref int offset, string text)
    {
        var written = Encoding.UTF8.GetBytes(text, bytes[(offset + 2)..]);
        WriteLength(bytes, ref offset, written);
        offset += written;
    }

    private static void WriteLength(Span<byte> bytes, ref int offset, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[offset..], checked((ushort)length));
        offset += 2;
    }

    private static void SkipTexts(ReadOnlySpan<byte> bytes, ref int offset, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var length = ReadLength(bytes, ref offset);
            if (length > bytes.Length - offset)
            {
                throw new InvalidDataException("An envelope field ends beyond its record.");
            }

            offset += length;
        }
    }

    private static string ReadText(ReadOnlySpan<byte> bytes, ref int offset)
    {
        var length = ReadLength(bytes, ref offset);
        var text = Encoding.UTF8.GetString(bytes.Slice(offset, length));
        offset += length;
        return text;
    }

    private static string[] ReadList(ReadOnlySpan<byte> bytes, ref int offset)
    {
        var names = new string[ReadLength(bytes, ref offset)];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = ReadText(bytes, ref offset);
        }

        return names;
    }

    private static KeyValuePair<string, string>[] ReadHeaders(ReadOnlySpan<byte> bytes, ref int offset)
    {
        var headers = new KeyValuePair<string, string>[ReadLength(bytes, ref offset)];
        for (var i = 0; i < headers.Length; i++)
        {
            var name = ReadText(bytes, ref offset);
            headers[i] = new(name, ReadText(bytes, ref offset));
        }

        return headers;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes, ref int offset)
    {
        if (bytes.Length - offset < 2)
        {
            throw new InvalidDataException("An envelope field ends beyond its record.");
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);
        offset += 2;
        return length;
    }
}
