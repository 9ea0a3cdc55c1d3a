using System.Buffers;

namespace Postrider.Events;

/// <summary>One JSON document accepted by the gateway, with its envelope. Immutable once it has its place in the log.</summary>
public sealed class Event
{
    private readonly byte[] _bytes;
    private readonly int _bodyOffset;
    private readonly string? _source;
    private readonly IReadOnlyList<string>? _requested;
    private EventFields? _fields;
    private string _logId = "";
    private string? _id;

    private Event(byte[] bytes)
    {
        _bytes = bytes;
        _bodyOffset = EventEnvelope.BodyOffset(bytes);
        KeyHash = EventEnvelope.KeyHash(bytes);
    }

    // The gateway has the two fields that routing asks for at hand: then nothing is decoded on the way of an event.
    private Event(byte[] bytes, in EventDraft draft)
        : this(bytes)
    {
        _source = draft.Source;
        _requested = draft.RequestedDestinations;
    }

    /// <summary>Unique and unchanged over retries, restarts and moves: the receiver's idempotency key. Holds no dot.</summary>
    public string Id => _id ??= OwnId ?? EventIdFormat.Format(_logId, Place);

    /// <summary>The name of the source that the event came from.</summary>
    public string Source => _source ?? Fields.Source;

    /// <summary>The ordering key; null: the event has no order.</summary>
    public string? Key => Fields.Key;

    /// <summary>The event's type, where its source gives one.</summary>
    public string? Type => Fields.Type;

    /// <summary>The W3C <c>traceparent</c> of the request that brought it, where there was one.</summary>
    public string? TraceParent => Fields.TraceParent;

    /// <summary>The destinations the request asked for; null: all that the source is connected to.</summary>
    public IReadOnlyList<string>? RequestedDestinations => _source is null ? Fields.RequestedDestinations : _requested;

    /// <summary>The names that the request left out, as it wrote them: no destination of such a name or alias gets the event.</summary>
    public IReadOnlyList<string> ExcludedDestinations => EventEnvelope.Excludes(_bytes) ? Fields.ExcludedDestinations : [];

    /// <summary>The headers of the request that its source keeps with the event, by the names that its configuration gives them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KeptHeaders => Fields.KeptHeaders;

    /// <summary>When the gateway received it, to the millisecond.</summary>
    public DateTimeOffset ReceivedAt => DateTimeOffset.FromUnixTimeMilliseconds(EventEnvelope.ReceivedAtMilliseconds(_bytes));

    /// <summary>The document, byte for byte as it was received.</summary>
    public ReadOnlyMemory<byte> Body => _bytes.AsMemory(_bodyOffset);

    /// <summary>Its place in the log.</summary>
    public LogPosition Place { get; private set; }

    /// <summary>Grows with the order of acceptance, so that a receiver can refuse older news of a key.</summary>
    /// <remarks>
    /// The generation of its place in the 20 high bits, the position in the 43 low ones. In Redis a generation is at least the tens of minutes
    /// since 2026, which 20 bits count until 2045; 43 bits are 8.8 million million positions. A log on disk has one generation: there it is the position.
    /// </remarks>
    public long Sequence => (Place.Generation << 43) + Place.Position;

    internal long Position => Place.Position;

    internal ulong KeyHash { get; }

    internal bool IsKeyed => EventEnvelope.IsKeyed(_bytes);

    /// <summary>Envelope and body, as the log stores them.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The same, for a log that hands them on without a copy. Never written to.</summary>
    internal ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>What the event weighs in memory: its bytes and this object, the figure that every budget counts.</summary>
    internal int Weight => _bytes.Length + ObjectOverhead;

    internal const int ObjectOverhead = 120;

    /// <summary>What makes a repeat of it recognisable; null: repeats are not looked for.</summary>
    internal RepeatKey? RepeatKey => EventEnvelope.RepeatKey(_bytes);

    /// <summary>Whether the log had it already.</summary>
    internal Repeat Repeat { get; private set; }

    private string? OwnId => EventEnvelope.BringsId(_bytes) ? Fields.OwnId : null;

    private EventFields Fields => _fields ??= EventEnvelope.Read(_bytes);

    /// <summary>A new event, which has no place yet: the log gives it one.</summary>
    internal static Event Create(in EventDraft draft, in ReadOnlySequence<byte> body) => new(EventEnvelope.Write(draft, body), draft);

    /// <summary>The same event for another log: without a place, and with the id that it has here.</summary>
    internal Event Move() => new(OwnId is null ? EventEnvelope.WithOwnId(_bytes, Id) : [.. _bytes]);

    /// <summary>An event read back from a log. Takes the array over.</summary>
    /// <exception cref="NewerEnvelopeException">Written by a newer version.</exception>
    /// <exception cref="InvalidDataException">No envelope.</exception>
    internal static Event Restore(byte[] bytes, string logId, LogPosition place)
    {
        EventEnvelope.Check(bytes);
        var restored = new Event(bytes);
        restored.PlaceAt(logId, place);
        return restored;
    }

    /// <summary>Called by the log alone, before anyone else can see the event.</summary>
    internal void PlaceAt(string logId, LogPosition place)
    {
        _logId = logId;
        Place = place;
        _id = null;
    }

    /// <summary>Called by the log alone: it was not stored, and answers with the place of the one that came first.</summary>
    internal void RepeatOf(string logId, LogPosition first, bool sameBody)
    {
        PlaceAt(logId, first);
        Repeat = sameBody ? Repeat.Same : Repeat.Conflicting;
    }
}
