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

    // The batch is no list but one event, a level less deep: what it may have more is looked for then.
    private bool _isAlone;

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
    /// <param name="body">All of it.</param>
    /// <param name="isBatch">Whether it is one, or a single event.</param>
    /// <param name="maxEvents">A batch of more has no room anyway: then not even where they stand is kept.</param>
    /// <param name="error">The answer to give, or null.</param>
    /// <returns>False: there are more.</returns>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public bool TryRead(ReadOnlySpan<byte> body, bool isBatch, long maxEvents, out GatewayError? error)
    {
        error = null;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth + (isBatch ? JsonLimits.BatchDepth : 0) });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            error = isBatch ? SegmentErrors.BatchEmpty : SegmentErrors.NotAnEvent;
            return true;
        }

        if (isBatch)
        {
            if (!TryReadBatch(ref reader, maxEvents))
            {
                return false;
            }
        }
        else
        {
            ReadEvent(ref reader);
        }

        // Throws if anything but white space follows.
        reader.Read();
        error = _events.Count == 0 ? SegmentErrors.BatchEmpty
            : _isAlone && !JsonLimits.HasDepth(body[_events[0].Start.._events[0].End]) ? SegmentErrors.TooDeep
            : null;
        return true;
    }

    private void Clear()
    {
        _members.Clear();
        _events.Clear();
        _root.AsSpan().Clear();
        _isAlone = false;
    }

    private bool TryReadBatch(ref Utf8JsonReader reader, long maxEvents)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberNames.Match(ref reader);
            reader.Read();
            if (member == Member.Batch)
            {
                if (!TryReadEvents(ref reader, maxEvents))
                {
                    return false;
                }
            }
            else
            {
                var place = Place(member, ref reader);
                _root[(int)member] = place;
            }
        }

        return true;
    }

    private bool TryReadEvents(ref Utf8JsonReader reader, long maxEvents)
    {
        // Of a member given twice the last counts.
        _members.Clear();
        _events.Clear();
        _isAlone = reader.TokenType == JsonTokenType.StartObject;
        if (_isAlone)
        {
            ReadEvent(ref reader);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (_events.Count == maxEvents)
                {
                    return false;
                }

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

        return true;
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
