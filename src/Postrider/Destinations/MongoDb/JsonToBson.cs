using System.IO.Hashing;
using System.Text.Json;
using System.Text.Unicode;

namespace Postrider.Destinations.MongoDb;

/// <summary>Writes a JSON body as the elements of a BSON document, in one pass and without an object model.</summary>
/// <remarks>
/// An element is <c>type · name · NUL · value</c>; the type is known only when the value comes, so its byte is filled in later, as are
/// the lengths of documents and arrays. Not thread-safe; made for many bodies one after the other.
/// </remarks>
internal sealed class JsonToBson
{
    /// <summary>The server refuses more than 100 levels in an index and 200 in all; a body that goes deeper is no event.</summary>
    public const int MaxDepth = 100;

    // The document itself may have 16 MiB: what is over is for _id, the stamp and the command around it.
    public const int MaxBytes = (16 << 20) - (64 << 10);

    // Up to here every pair is compared; above, sorted: a body of nothing but names must not cost a square.
    private const int FewNames = 16;

    // Seeded, so that nobody can write a body whose names collide.
    private static readonly long Seed = Random.Shared.NextInt64();

    private readonly Frame[] _frames = new Frame[MaxDepth + 1];
    private ulong[] _names = new ulong[64];
    private int _nameCount;
    private int _depth;
    private int _typeAt;
    private int _destinationsFrom;
    private int _destinationsTo;
    private bool _sawUserId;
    private bool _sawPayload;

    /// <summary>Appends the elements of a body, without length and end of the document around them.</summary>
    /// <param name="json">The body. One that is no object becomes the single element <c>payload</c>.</param>
    /// <param name="leaveOutStamp">Whether the member that an upsert sets is left out, as <c>_id</c> always is.</param>
    /// <param name="mayBePublish">Whether a body with userId and payload is that of <c>/publish</c>, whose <c>destinations</c> is an instruction to Postrider.</param>
    /// <param name="output">Where to; on a mistake nothing is added.</param>
    /// <returns>Null, or why the body cannot be a document.</returns>
    public DeliveryResult? Write(ReadOnlySpan<byte> json, bool leaveOutStamp, bool mayBePublish, BsonOutput output)
    {
        var start = output.Length;
        _depth = 0;
        _nameCount = 0;
        _destinationsFrom = _destinationsTo = -1;
        _sawUserId = _sawPayload = false;
        var mistake = Utf8.IsValid(json) ? WriteElements(json, leaveOutStamp, output) : DocumentMistakes.NotUnicode;
        if (mistake is null && output.Length - start > MaxBytes)
        {
            mistake = DocumentMistakes.TooLarge;
        }

        if (mistake is not null)
        {
            output.Truncate(start);
        }
        else if (mayBePublish && _sawUserId && _sawPayload && _destinationsTo >= 0)
        {
            output.Cut(_destinationsFrom, _destinationsTo);
        }

        return mistake;
    }

    private DeliveryResult? WriteElements(ReadOnlySpan<byte> json, bool leaveOutStamp, BsonOutput output)
    {
        // Our own limit speaks first, with words.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth + 2 });
        try
        {
            if (!reader.Read())
            {
                return DocumentMistakes.NotJson;
            }

            if (reader.TokenType == JsonTokenType.StartObject)
            {
                _frames[0] = new Frame(-1, IsArray: false, FirstName: 0);
            }
            else
            {
                _depth = -1;
                BeginElement("payload"u8, output);
                if (WriteValue(ref reader, output) is { } mistake)
                {
                    return mistake;
                }
            }

            while (reader.Read())
            {
                if (WriteToken(ref reader, leaveOutStamp, output) is { } mistake)
                {
                    return mistake;
                }
            }

            return null;
        }
        catch (JsonException)
        {
            return DocumentMistakes.NotJson;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, written as an escape: valid JSON, and no text.
            return DocumentMistakes.NotUnicode;
        }
    }

    private DeliveryResult? WriteToken(ref Utf8JsonReader reader, bool leaveOutStamp, BsonOutput output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                return WriteName(ref reader, leaveOutStamp, output);
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                return End(output);
            default:
                if (_frames[_depth].IsArray)
                {
                    _typeAt = output.Length;
                    output.WriteElement(BsonKind.Null, _frames[_depth].Count++);
                }

                return WriteValue(ref reader, output);
        }
    }

    private DeliveryResult? WriteName(ref Utf8JsonReader reader, bool leaveOutStamp, BsonOutput output)
    {
        EndDestinations(output);
        if (_depth == 0)
        {
            if (reader.ValueTextEquals("_id"u8) || (leaveOutStamp && reader.ValueTextEquals(UpsertStamp.NameUtf8)))
            {
                reader.Skip();
                return null;
            }

            _sawUserId |= reader.ValueTextEquals("userId"u8);
            _sawPayload |= reader.ValueTextEquals("payload"u8);
            if (reader.ValueTextEquals("destinations"u8))
            {
                _destinationsFrom = output.Length;
            }
        }

        if (!reader.ValueIsEscaped)
        {
            // JSON allows no bare control characters, so there is no NUL here.
            BeginElement(reader.ValueSpan, output);
        }
        else
        {
            _typeAt = output.Length;
            output.WriteByte((byte)BsonKind.Null);
            var written = reader.CopyString(output.Take(reader.ValueSpan.Length));
            output.Truncate(_typeAt + 1 + written);
            if (output.Written[(_typeAt + 1)..].Contains((byte)0))
            {
                return DocumentMistakes.NulInName;
            }

            output.WriteByte(0);
        }

        Remember(XxHash3.HashToUInt64(output.Written[(_typeAt + 1)..^1], Seed));
        return null;
    }

    // The member ends where the next one begins, or the document.
    private void EndDestinations(BsonOutput output)
    {
        if (_depth == 0 && _destinationsFrom >= 0 && _destinationsTo < 0)
        {
            _destinationsTo = output.Length;
        }
    }

    private void BeginElement(ReadOnlySpan<byte> name, BsonOutput output)
    {
        _typeAt = output.Length;
        output.WriteElement(BsonKind.Null, name);
    }

    private DeliveryResult? WriteValue(ref Utf8JsonReader reader, BsonOutput output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                output.SetByte(_typeAt, (byte)BsonKind.Text);
                WriteText(ref reader, output);
                return null;
            case JsonTokenType.Number:
                WriteNumber(ref reader, output);
                return null;
            case JsonTokenType.True or JsonTokenType.False:
                output.SetByte(_typeAt, (byte)BsonKind.Boolean);
                output.WriteByte(reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0);
                return null;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var isArray = reader.TokenType == JsonTokenType.StartArray;
                output.SetByte(_typeAt, (byte)(isArray ? BsonKind.List : BsonKind.Document));
                if (_depth + 1 >= MaxDepth)
                {
                    return DocumentMistakes.TooDeep;
                }

                _frames[++_depth] = new Frame(output.Begin(), isArray, _nameCount);
                return null;
            default:
                return null;
        }
    }

    private DeliveryResult? End(BsonOutput output)
    {
        EndDestinations(output);
        var frame = _frames[_depth--];
        var names = _names.AsSpan(frame.FirstName, _nameCount - frame.FirstName);
        _nameCount = frame.FirstName;
        if (frame.Start >= 0)
        {
            output.End(frame.Start);
        }

        return HasTwice(names) ? DocumentMistakes.MemberTwice : null;
    }

    private static void WriteText(ref Utf8JsonReader reader, BsonOutput output)
    {
        if (!reader.ValueIsEscaped)
        {
            output.WriteString(reader.ValueSpan);
            return;
        }

        var start = output.Begin();
        var written = reader.CopyString(output.Take(reader.ValueSpan.Length));
        output.Truncate(start + sizeof(int) + written);
        output.WriteByte(0);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(output.Array.AsSpan(start), written + 1);
    }

    // Whole numbers keep every digit as long as 64 bits hold them; the rest is what JSON readers at large make of it.
    private void WriteNumber(ref Utf8JsonReader reader, BsonOutput output)
    {
        if (reader.TryGetInt32(out var small))
        {
            output.SetByte(_typeAt, (byte)BsonKind.Int32);
            output.WriteInt32(small);
        }
        else if (reader.TryGetInt64(out var large))
        {
            output.SetByte(_typeAt, (byte)BsonKind.Int64);
            output.WriteInt64(large);
        }
        else
        {
            output.SetByte(_typeAt, (byte)BsonKind.Double);
            output.WriteDouble(reader.GetDouble());
        }
    }

    private void Remember(ulong name)
    {
        if (_nameCount == _names.Length)
        {
            Array.Resize(ref _names, _names.Length * 2);
        }

        _names[_nameCount++] = name;
    }

    private static bool HasTwice(Span<ulong> names)
    {
        if (names.Length <= FewNames)
        {
            for (var i = 1; i < names.Length; i++)
            {
                if (names[..i].Contains(names[i]))
                {
                    return true;
                }
            }

            return false;
        }

        names.Sort();
        for (var i = 1; i < names.Length; i++)
        {
            if (names[i] == names[i - 1])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An open document or array; the root has no start of its own.</summary>
    private record struct Frame(int Start, bool IsArray, int FirstName)
    {
        public int Count { get; set; }
    }
}
