using System.Text;
using System.Text.Json;

namespace Postrider.Gateway.CloudEvents;

/// <summary>
/// Reads a CloudEvent in its JSON form once, without an object model, and checks it against
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and formats/json-format.md.
/// </summary>
internal ref struct CloudEventReader
{
    private string? _id;
    private string? _origin;
    private string? _type;
    private string? _version;
    private string? _subject;
    private string? _partitionKey;
    private bool _hasData;
    private bool _hasBase64;

    /// <summary>The answer to what is no CloudEvent; null: it is one.</summary>
    /// <param name="json">A whole JSON value.</param>
    /// <param name="cloudEvent">What it says.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static GatewayError? TryRead(ReadOnlySpan<byte> json, out CloudEvent cloudEvent)
    {
        cloudEvent = default;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            return CloudEventErrors.NotAnObject;
        }

        var read = new CloudEventReader();
        try
        {
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (read.ReadMember(name, ref reader) is { } problem)
                {
                    return CloudEventErrors.Bad(problem);
                }

                reader.Skip();
            }
        }
        catch (InvalidOperationException)
        {
            return CloudEventErrors.Bad("a name or an attribute holds an escape that is half of a character (a lone surrogate)");
        }

        return read.Finish(out cloudEvent);
    }

    private static string? Shown(string name) => name.Length <= 64 ? name : string.Concat(name.AsSpan(0, 64), "…");

    private static bool IsAttributeName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    /// <summary>What is wrong with a member; null: nothing.</summary>
    private string? ReadMember(string name, ref Utf8JsonReader reader)
    {
        if (name == "data")
        {
            _hasData = true;
            return null;
        }

        // An attribute that is null is one that is not there.
        if (reader.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        if (name == "data_base64")
        {
            _hasBase64 = true;
            return reader.TokenType is JsonTokenType.String && reader.TryGetBytesFromBase64(out _) ? null : "data_base64 must be base64 in a string";
        }

        return IsAttributeName(name)
            ? ReadAttribute(name, ref reader)
            : $"the attribute \"{Shown(name)}\" is not allowed: names are lower-case letters and digits";
    }

    private string? ReadAttribute(string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "id":
                return ReadText(name, ref reader, out _id);
            case "type":
                return ReadText(name, ref reader, out _type);
            case "specversion":
                return ReadText(name, ref reader, out _version);
            case "subject":
                return ReadText(name, ref reader, out _subject);
            case "partitionkey":
                return ReadText(name, ref reader, out _partitionKey);
            case "datacontenttype":
                return ReadText(name, ref reader, out _);
            case "source":
                return ReadText(name, ref reader, out _origin)
                    ?? (Uri.TryCreate(_origin, UriKind.RelativeOrAbsolute, out _) ? null : "source must be a URI or a part of one");
            case "dataschema":
                return ReadText(name, ref reader, out var schema)
                    ?? (Uri.TryCreate(schema, UriKind.Absolute, out _) ? null : "dataschema must be an absolute URI");
            case "time":
                return reader.TokenType is JsonTokenType.String && reader.TryGetDateTimeOffset(out _) ? null : "time must be a timestamp as RFC 3339 has it";
            default:
                return reader.TokenType is JsonTokenType.String or JsonTokenType.True or JsonTokenType.False
                    || (reader.TokenType is JsonTokenType.Number && reader.TryGetInt32(out _))
                    ? null
                    : $"the extension {Shown(name)} must be a string, a boolean or an integer";
        }
    }

    private static string? ReadText(string name, ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
        return string.IsNullOrEmpty(text) ? $"{name} must be a string that is not empty"
            : Encoding.UTF8.GetByteCount(text) > PublishReader.MaxKeyBytes ? $"{name} is longer than {PublishReader.MaxKeyBytes} bytes"
            : null;
    }

    private readonly GatewayError? Finish(out CloudEvent cloudEvent)
    {
        cloudEvent = default;
        var problem = _version is null ? "specversion not present"
            : _version != "1.0" ? $"specversion {Shown(_version)} is not known; 1.0 is"
            : _id is null ? "id not present"
            : _origin is null ? "source not present"
            : _type is null ? "type not present"
            : _hasData && _hasBase64 ? "data and data_base64 exclude each other"
            : null;
        if (problem is not null)
        {
            return CloudEventErrors.Bad(problem);
        }

        cloudEvent = new CloudEvent(_id!, _origin!, _type!, (_partitionKey ?? _subject) is { } key ? Encoding.UTF8.GetBytes(key) : default);
        return null;
    }
}
