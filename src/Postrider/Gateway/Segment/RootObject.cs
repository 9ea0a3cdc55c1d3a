using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>A <c>context</c> or <c>integrations</c> at a batch's root: it applies to each event, whose own members win.</summary>
internal sealed class RootObject
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly Dictionary<string, Range> _members = new(StringComparer.Ordinal);
    private readonly int _levels;

    private RootObject(ReadOnlyMemory<byte> json)
    {
        _json = json;
        var reader = Open(json.Span);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var name = NameOf(ref reader);
            _levels = Math.Max(_levels, SkipValue(ref reader));
            _members[name] = start..(int)reader.BytesConsumed;
        }
    }

    /// <summary>All of it.</summary>
    public ReadOnlyMemory<byte> Json => _json;

    /// <summary>Whether an event that it is put into may have more levels than an event may.</summary>
    public bool MayBeTooDeep => 1 + _levels > JsonLimits.MaxDepth;

    /// <summary>Null: the root has none, or it is no object, or an empty one.</summary>
    public static RootObject? From(ReadOnlyMemory<byte> body, in MemberPlace place)
    {
        if (place.Kind != JsonTokenType.StartObject)
        {
            return null;
        }

        var root = new RootObject(body[place.Start..place.End]);
        return root._members.Count == 0 ? null : root;
    }

    /// <summary>Writes what the event's own object lacks, each member with a comma behind it, but none behind the last where the object is empty.</summary>
    public void WriteMissing(ReadOnlySpan<byte> own, IBufferWriter<byte> output)
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        var reader = Open(own);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            present.Add(NameOf(ref reader));
            reader.Skip();
        }

        var isFirst = true;
        foreach (var (name, range) in _members)
        {
            if (present.Contains(name))
            {
                continue;
            }

            if (!isFirst)
            {
                output.Write(","u8);
            }

            output.Write(_json.Span[range]);
            isFirst = false;
        }

        if (!isFirst && present.Count > 0)
        {
            output.Write(","u8);
        }
    }

    private static Utf8JsonReader Open(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth + JsonLimits.BatchDepth });
        reader.Read();
        return reader;
    }

    // From a name to the end of its value.
    private static int SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        var (start, deepest) = (reader.CurrentDepth, reader.CurrentDepth);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            do
            {
                deepest = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? Math.Max(deepest, reader.CurrentDepth + 1) : deepest;
            }
            while (reader.Read() && reader.CurrentDepth > start);
        }

        return deepest;
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a character is no text, yet legal in a name: such a name equals only what is written as it is.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
