using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>
/// What the server writes into an event. A stamp takes the place of the member's value wherever the member stands, repeated and escaped names
/// included, so that no reader sees another; where it does not stand the stamp comes first in the object.
/// </summary>
internal sealed class StampPlan
{
    // In the order in which they are written where they are missing.
    private static readonly Member[] Stamped =
    [
        Member.ReceivedAt, Member.RequestIp, Member.RudderId, Member.MessageId, Member.Type,
        Member.SentAt, Member.OriginalTimestamp, Member.Timestamp, Member.Context, Member.Integrations,
    ];

    private readonly ReadOnlyMemory<byte> _body;
    private readonly BodyScan _scan;
    private readonly RequestFacts _facts;
    private readonly TimeSpan _tolerance;
    private readonly RudderIds _rudderIds = new();
    private readonly ReadOnlyMemory<byte> _receivedAt;
    private readonly ReadOnlyMemory<byte> _address;
    private readonly ReadOnlyMemory<byte> _sentAt;
    private readonly TimeSpan? _skew;
    private readonly RootObject? _context;
    private readonly RootObject? _integrations;

    // Of the event at hand.
    private readonly ReadOnlyMemory<byte>[] _values = new ReadOnlyMemory<byte>[MemberNames.Count];
    private readonly MemberPlace[] _said = new MemberPlace[MemberNames.Count];
    private readonly byte[] _newId = new byte[38];
    private int _contextStart;
    private int _integrationsStart;

    public StampPlan(ReadOnlyMemory<byte> body, BodyScan scan, RequestFacts facts, TimeSpan tolerance)
    {
        (_body, _scan, _facts, _tolerance) = (body, scan, facts, tolerance);
        _receivedAt = Iso8601.Quote(facts.ReceivedAt);
        _address = Encoding.ASCII.GetBytes($"\"{facts.Address}\"");
        _context = RootObject.From(body, scan.Root(Member.Context));
        _integrations = RootObject.From(body, scan.Root(Member.Integrations));
        if (scan.Root(Member.SentAt) is var sentAt && EventTimes.IsTime(sentAt))
        {
            // The root's is of this very request; an event's own may be of an earlier try.
            _sentAt = body[sentAt.Start..sentAt.End];
            _skew = EventTimes.SkewOf(_sentAt.Span, facts.ReceivedAt, tolerance);
        }
    }

    /// <summary>Whether what the root says may give an event more levels than it may have.</summary>
    public bool MayBeTooDeep => _context?.MayBeTooDeep is true || _integrations?.MayBeTooDeep is true;

    /// <summary>Starts with the next event. What the client must not say is set at once.</summary>
    public void Begin(ReadOnlySpan<MemberPlace> members, ReadOnlySpan<int> last)
    {
        _values.AsSpan().Clear();
        for (var i = 0; i < last.Length; i++)
        {
            _said[i] = last[i] >= 0 ? members[last[i]] : default;
        }

        _values[(int)Member.ReceivedAt] = _receivedAt;
        _values[(int)Member.RequestIp] = _address;
        _contextStart = Inherit(Member.Context, _context);
        _integrationsStart = Inherit(Member.Integrations, _integrations);
    }

    public void SetIdentity(ReadOnlySpan<byte> userId, ReadOnlySpan<byte> anonymousId, bool isNamed)
    {
        _values[(int)Member.RudderId] = _rudderIds.Quote(userId, anonymousId);
        if (!isNamed)
        {
            RudderIds.Write(Guid.NewGuid(), _newId);
            _values[(int)Member.MessageId] = _newId;
        }
    }

    /// <summary>The path's type, where the event says another or none.</summary>
    public void SetType(string? ofPath)
    {
        if (ofPath is not null)
        {
            var quoted = EventTypes.Quote(ofPath);
            var said = _said[(int)Member.Type];
            if (!_body.Span[said.Start..said.End].SequenceEqual(quoted.Span))
            {
                _values[(int)Member.Type] = quoted;
            }
        }
    }

    public void SetTimes()
    {
        var (sent, original, time) = (_said[(int)Member.SentAt], _said[(int)Member.OriginalTimestamp], _said[(int)Member.Timestamp]);
        var skew = _skew ?? (EventTimes.IsTime(sent) ? EventTimes.SkewOf(Bytes(sent), _facts.ReceivedAt, _tolerance) : TimeSpan.Zero);
        if (!sent.IsSaid)
        {
            _values[(int)Member.SentAt] = _sentAt.IsEmpty ? _receivedAt : _sentAt;
        }

        var said = original.IsSaid ? original : time;
        var saidBytes = EventTimes.IsTime(said) ? _body[said.Start..said.End] : _receivedAt;
        if (!original.IsSaid)
        {
            _values[(int)Member.OriginalTimestamp] = saidBytes;
        }

        if (!time.IsSaid || !original.IsSaid)
        {
            var corrected = EventTimes.IsTime(said) ? EventTimes.Correct(saidBytes.Span, skew) : null;
            _values[(int)Member.Timestamp] = corrected ?? (time.IsSaid ? default : saidBytes);
        }
    }

    /// <summary>Writes the event with its stamps.</summary>
    public void Write(in EventPlace place, IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        WriteMissing(output, endsWithComma: !place.IsEmpty);
        var body = _body.Span;
        var from = place.Start + 1;
        foreach (var member in _scan.MembersOf(place))
        {
            var value = _values[(int)member.Member];
            if (!value.IsEmpty)
            {
                output.Write(body[from..member.Start]);
                output.Write(value.Span);
                from = member.End;
            }
            else if (member.Start == _contextStart || member.Start == _integrationsStart)
            {
                output.Write(body[from..(member.Start + 1)]);
                (member.Member == Member.Context ? _context! : _integrations!).WriteMissing(body[member.Start..member.End], output);
                from = member.Start + 1;
            }
        }

        output.Write(body[from..place.End]);
    }

    // The receivedAt stamp is always written or replaced, so there is a comma to write or none, never one too many.
    private void WriteMissing(IBufferWriter<byte> output, bool endsWithComma)
    {
        var isFirst = true;
        foreach (var member in Stamped)
        {
            var value = _values[(int)member];
            if (value.IsEmpty || _said[(int)member].Kind != JsonTokenType.None)
            {
                continue;
            }

            if (!isFirst)
            {
                output.Write(","u8);
            }

            output.Write(MemberNames.Opening(member));
            output.Write(value.Span);
            isFirst = false;
        }

        if (endsWithComma && !isFirst)
        {
            output.Write(","u8);
        }
    }

    // Where the event's own object begins, for what it lacks; -1: nothing is to be merged.
    private int Inherit(Member member, RootObject? root)
    {
        var said = _said[(int)member];
        if (root is not null && !said.IsSaid)
        {
            _values[(int)member] = root.Json;
        }

        return root is not null && said.Kind == JsonTokenType.StartObject ? said.Start : -1;
    }

    private ReadOnlySpan<byte> Bytes(in MemberPlace place) => _body.Span[place.Start..place.End];
}
