using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>Finds the events of a body and what is known of them, in one pass of the JSON reader and without copying a byte.</summary>
internal sealed class BodyScan
{
    // What a scan keeps for the next body: thousands of events. A larger one is left to the collector.
    private const int KeptMembers = 64 * 1024;
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static BodyScan? _kept;

    private readonly List<MemberPlace> _members = [];
    private readonly List<EventPlace> _events = [];
    private readonly MemberPlace[] _root = new MemberPlace[MemberNames.Count];

    /// <summary>Where an event is put together.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(4096);

    public ReadOnlySpan<EventPlace> Events => CollectionsMarshal.AsSpan(_events);

    /// <summary>Takes this thread's scan. Give it back by <see cref="Return"/>.</summary>
    public static BodyScan Rent()
    {
        var scan = _kept ?? new BodyScan();
        _kept = null;
        return scan;
    }

    public static void Return(BodyScan scan)
    {
        if (scan._members.Capacity + scan._events.Capacity <= KeptMembers && scan.Output.Capacity <= KeptBytes)
        {
            scan.Clear();
            _kept = scan;
        }
    }

    public ReadOnlySpan<MemberPlace> MembersOf(in EventPlace place) =>
        CollectionsMarshal.AsSpan(_members).Slice(place.FirstMember, place.MemberCount);

    /// <summary>A batch's member that is no event; its <see cref="MemberPlace.Kind"/> is none where it is missing.</summary>
    public MemberPlace Root(Member member) => _root[(int)member];

    /// <summary>Scans a body that is valid UTF-8 and has no byte order mark.</summary>
    /// <returns>The answer to give, or null.</returns>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public GatewayError? Read(ReadOnlySpan<byte> body, bool isBatch)
    {
        // A batch's events are two levels deep.
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth + (isBatch ? 2 : 0) });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            return isBatch ? SegmentErrors.BatchEmpty : SegmentErrors.NotAnEvent;
        }

        if (isBatch)
        {
            ReadBatch(ref reader);
        }
        else
        {
            ReadEvent(ref reader);
        }

        // Throws if anything but white space follows.
        reader.Read();
        return _events.Count == 0 ? SegmentErrors.BatchEmpty : null;
    }

    private void Clear()
    {
        _members.Clear();
        _events.Clear();
        _root.AsSpan().Clear();
    }

    private void ReadBatch(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberNames.Match(ref reader);
            reader.Read();
            if (member == Member.Batch)
            {
                ReadEvents(ref reader);
            }
            else
            {
                var place = Place(member, ref reader);
                _root[(int)member] = place;
            }
        }
    }

    private void ReadEvents(ref Utf8JsonReader reader)
    {
        // Of a member given twice the last counts.
        _members.Clear();
        _events.Clear();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadEvent(ref reader);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadEvent(ref reader);
                }
                else
                {
                    var other = Place(Member.None, ref reader);
                    _events.Add(new EventPlace(other.Start, other.End, _members.Count, -1, IsEmpty: false));
                }
            }
        }
    }

    private void ReadEvent(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var first = _members.Count;
        var isEmpty = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            var member = MemberNames.Match(ref reader);
            if (member == Member.None)
            {
                reader.Skip();
                continue;
            }

            reader.Read();
            _members.Add(Place(member, ref reader));
        }

        _events.Add(new EventPlace(start, (int)reader.BytesConsumed, first, _members.Count - first, isEmpty));
    }

    private static MemberPlace Place(Member member, ref Utf8JsonReader reader)
    {
        var (kind, start) = (reader.TokenType, (int)reader.TokenStartIndex);
        var isEscaped = kind == JsonTokenType.String && reader.ValueIsEscaped;
        reader.Skip();
        return new MemberPlace(member, kind, isEscaped, start, (int)reader.BytesConsumed);
    }
}
