using System.Buffers;
using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>Reads a <c>/publish</c> body once, without an object model. Of a member given twice the last counts.</summary>
internal ref struct PublishReader
{
    public const int MaxKeyBytes = 4096;

    // A byte of text takes at most six as \u0000.
    private const int MaxEscapedKeyBytes = MaxKeyBytes * 6;

    private readonly ReadOnlySequence<byte> _body;
    private readonly GatewaySource _source;
    private ReadOnlyMemory<byte> _key;
    private GatewayError? _userIdError;
    private bool _hasPayload;
    private IReadOnlyList<string>? _destinations;
    private GatewayError? _destinationsError;

    private PublishReader(in ReadOnlySequence<byte> body, GatewaySource source)
    {
        _body = body;
        _source = source;
        _userIdError = GatewayErrors.UserIdNotPresent;
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The request, or the answer to give.</summary>
    public static GatewayError? TryRead(in ReadOnlySequence<byte> body, GatewaySource source, out PublishRequest request)
    {
        request = default;
        if (body.IsEmpty)
        {
            return GatewayErrors.BodyEmpty;
        }

        var invalid = Utf8Scan.IndexOfInvalid(body);
        if (invalid >= 0)
        {
            return GatewayErrors.NotUtf8(invalid);
        }

        var publish = new PublishReader(WithoutByteOrderMark(body), source);
        try
        {
            if (!publish.ReadObject())
            {
                return GatewayErrors.NotAnObject;
            }
        }
        catch (JsonException e)
        {
            return GatewayErrors.InvalidJson(e);
        }

        request = new PublishRequest { Key = publish._key, Destinations = publish._destinations };
        return publish._userIdError
            ?? (publish._hasPayload ? publish._destinationsError : GatewayErrors.PayloadNotPresent);
    }

    // JSON says that a reader may ignore it; it stays in the stored body.
    public static ReadOnlySequence<byte> WithoutByteOrderMark(in ReadOnlySequence<byte> body)
    {
        if (body.FirstSpan[0] != ByteOrderMark[0])
        {
            return body;
        }

        var reader = new SequenceReader<byte>(body);
        return reader.IsNext(ByteOrderMark, advancePast: true) ? reader.UnreadSequence : body;
    }

    private bool ReadObject()
    {
        var options = new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth };
        var reader = _body.IsSingleSegment ? new Utf8JsonReader(_body.FirstSpan, options) : new Utf8JsonReader(_body, options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadMember(ref reader);
        }

        // Throws if anything but white space follows the object.
        reader.Read();
        return true;
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (JsonMemberName.Is(ref reader, "userId"u8))
        {
            reader.Read();
            ReadUserId(ref reader);
        }
        else if (JsonMemberName.Is(ref reader, "payload"u8))
        {
            reader.Read();
            _hasPayload = true;
        }
        else if (JsonMemberName.Is(ref reader, "destinations"u8))
        {
            reader.Read();
            ReadDestinations(ref reader);
        }

        // From a name: over its value. From the start of an array or object: to its end. From any other value: nowhere.
        reader.Skip();
    }

    private void ReadUserId(ref Utf8JsonReader reader)
    {
        _key = default;
        _userIdError = reader.TokenType switch
        {
            JsonTokenType.Null => GatewayErrors.UserIdNotPresent,
            JsonTokenType.String or JsonTokenType.Number => ReadKey(ref reader),
            _ => GatewayErrors.UserIdWrongType,
        };
    }

    private GatewayError? ReadKey(ref Utf8JsonReader reader)
    {
        var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length == 0)
        {
            return GatewayErrors.UserIdNotPresent;
        }

        if (length > (reader.ValueIsEscaped ? MaxEscapedKeyBytes : MaxKeyBytes))
        {
            return GatewayErrors.UserIdTooLong;
        }

        if (reader.ValueIsEscaped)
        {
            return Unescape(ref reader, (int)length);
        }

        // The usual body is one segment: then the key is a slice of it, and nothing is copied.
        var start = reader.TokenStartIndex + (reader.TokenType == JsonTokenType.String ? 1 : 0);
        var text = _body.Slice(start, length);
        _key = text.IsSingleSegment ? text.First : text.ToArray();
        return null;
    }

    private GatewayError? Unescape(ref Utf8JsonReader reader, int escapedLength)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(escapedLength);
        try
        {
            var length = reader.CopyString(buffer);
            if (length > MaxKeyBytes)
            {
                return GatewayErrors.UserIdTooLong;
            }

            _key = buffer.AsSpan(0, length).ToArray();
            return null;
        }
        catch (InvalidOperationException)
        {
            return GatewayErrors.UserIdNotText;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadDestinations(ref Utf8JsonReader reader)
    {
        _destinations = null;
        _destinationsError = null;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            _destinationsError = GatewayErrors.DestinationsWrongType;
            return;
        }

        // Repeated names count once, so the list is never longer than the configuration.
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                _destinationsError = GatewayErrors.DestinationsWrongType;
                reader.Skip();
            }
            else if (_destinationsError is null)
            {
                AddDestination(ref reader, names);
            }
        }

        _destinations = [.. names];
    }

    private void AddDestination(ref Utf8JsonReader reader, HashSet<string> names)
    {
        var name = TextOf(ref reader);
        if (!_source.TryGetDestination(name, out var known))
        {
            _destinationsError = GatewayErrors.DestinationUnknown(name, _source);
        }
        else
        {
            names.Add(known);
        }
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate: no name of ours, and no text that could be shown.
            return "\uFFFD";
        }
    }
}
