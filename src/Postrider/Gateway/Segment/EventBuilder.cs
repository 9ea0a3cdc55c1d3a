using System.Buffers;
using System.Text.Json;
using Postrider.Events;

namespace Postrider.Gateway.Segment;

/// <summary>Makes the events of one request: reads each one's identity, decides its stamps, and copies it once, stamps and all.</summary>
internal sealed class EventBuilder
{
    public const int MaxTypeBytes = 256;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly BodyScan _scan;
    private readonly GatewaySource _source;
    private readonly RequestFacts _facts;
    private readonly string? _type;
    private readonly StampPlan _plan;
    private readonly RepeatKeys? _repeats;

    private static readonly FieldPath IntegrationsPath = new("integrations");

    /// <param name="body">What was scanned.</param>
    /// <param name="scan">Its scan.</param>
    /// <param name="source">Whose events they are.</param>
    /// <param name="facts">What is known of the request.</param>
    /// <param name="type">The type that the path gives; null: each event says its own.</param>
    public EventBuilder(ReadOnlyMemory<byte> body, BodyScan scan, GatewaySource source, RequestFacts facts, string? type)
    {
        (_body, _scan, _source, _facts, _type) = (body, scan, source, facts, type);
        _plan = new StampPlan(body, scan, facts, source.Rules.ClockSkewLimit);
        _repeats = source.Rules.SegmentRepeatWindow is { } window ? new RepeatKeys(source.Name, facts.ReceivedAt + window) : null;
    }

    /// <summary>The event, or why it cannot be used.</summary>
    public GatewayError? TryBuild(in EventPlace place, out Event built)
    {
        built = null!;
        if (!place.IsObject)
        {
            return SegmentErrors.NotAnEvent;
        }

        if (_source.Rules.CheckSize(place.End - place.Start) is { } tooLarge)
        {
            return tooLarge;
        }

        var members = _scan.MembersOf(place);
        Span<int> last = stackalloc int[MemberNames.Count];
        FindLast(members, last);
        if (ReadIdentity(members, last, out var userId, out var anonymousId) is { } noIdentity)
        {
            return noIdentity;
        }

        if (ReadKey(place, userId, anonymousId, out var key) is { } noKey)
        {
            return noKey;
        }

        if (ReadType(members, last, out var type) is { } noType)
        {
            return noType;
        }

        if (_source.Rules.FindMissing(_body.Span[place.Start..place.End]) is { } missing)
        {
            return missing;
        }

        if (!JsonText.TryRead(_body, LastOf(members, last, Member.MessageId), out var messageId))
        {
            return SegmentErrors.NotText;
        }

        var isNamed = !JsonText.IsBlank(messageId.Span);
        _plan.Begin(members, last);
        _plan.SetIdentity(userId.Span, anonymousId.Span, isNamed);
        _plan.SetType(_type);
        _plan.SetTimes();
        var output = _scan.Output;
        output.ResetWrittenCount();
        _plan.Write(place, output);
        if (_plan.MayBeTooDeep && !JsonLimits.HasDepth(output.WrittenSpan))
        {
            return SegmentErrors.TooDeepWithRoot;
        }

        var integrations = ReadIntegrations(last, output.WrittenSpan);
        var draft = new EventDraft
        {
            Source = _source.Name,
            RequestedDestinations = integrations.Requested,
            ExcludedDestinations = integrations.Excluded,
            Key = key,
            Type = type,
            ReceivedAt = _facts.ReceivedAt,
            TraceParent = _facts.TraceParent,
            RepeatKey = isNamed ? _repeats?.Make(messageId.Span, _body.Span[place.Start..place.End], place.Start, members) : null,
        };
        built = Event.Create(draft, new ReadOnlySequence<byte>(output.WrittenMemory));
        return null;
    }

    // As they stand in the event that is stored, where those of the batch's root are merged in.
    private Integrations ReadIntegrations(ReadOnlySpan<int> last, ReadOnlySpan<byte> @event)
    {
        if (last[(int)Member.Integrations] < 0 && !_scan.Root(Member.Integrations).IsSaid)
        {
            return default;
        }

        var value = @event[IntegrationsPath.Find(@event)];
        return value.IsEmpty ? default : IntegrationsReader.Read(value, _source);
    }

    private static void FindLast(ReadOnlySpan<MemberPlace> members, Span<int> last)
    {
        last.Fill(-1);
        for (var i = 0; i < members.Length; i++)
        {
            last[(int)members[i].Member] = i;
        }
    }

    private static MemberPlace LastOf(ReadOnlySpan<MemberPlace> members, ReadOnlySpan<int> last, Member member) =>
        last[(int)member] is >= 0 and var index ? members[index] : default;

    private GatewayError? ReadIdentity(
        ReadOnlySpan<MemberPlace> members, ReadOnlySpan<int> last, out ReadOnlyMemory<byte> userId, out ReadOnlyMemory<byte> anonymousId)
    {
        var isText = JsonText.TryRead(_body, LastOf(members, last, Member.UserId), out userId);
        isText &= JsonText.TryRead(_body, LastOf(members, last, Member.AnonymousId), out anonymousId);
        if (!isText)
        {
            return SegmentErrors.NotText;
        }

        return Math.Max(userId.Length, anonymousId.Length) > PublishReader.MaxKeyBytes ? SegmentErrors.KeyTooLong
            : JsonText.IsBlank(userId.Span) && JsonText.IsBlank(anonymousId.Span) ? SegmentErrors.NoIdentity
            : null;
    }

    private GatewayError? ReadKey(in EventPlace place, ReadOnlyMemory<byte> userId, ReadOnlyMemory<byte> anonymousId, out ReadOnlyMemory<byte> key)
    {
        if (_source.Rules.IsUsualKey)
        {
            key = JsonText.IsBlank(userId.Span) ? anonymousId : userId;
            return null;
        }

        key = default;
        var @event = _body[place.Start..place.End];
        foreach (var field in _source.Rules.KeyMembers)
        {
            if (!JsonText.TryRead(@event, JsonText.PlaceOf(@event.Span, field.Find(@event.Span)), out key))
            {
                return SegmentErrors.NotText;
            }

            if (!JsonText.IsBlank(key.Span))
            {
                return key.Length > PublishReader.MaxKeyBytes ? SegmentErrors.KeyTooLong : null;
            }
        }

        key = default;
        return null;
    }

    private GatewayError? ReadType(ReadOnlySpan<MemberPlace> members, ReadOnlySpan<int> last, out string type)
    {
        type = _type!;
        if (_type is not null)
        {
            return null;
        }

        var place = LastOf(members, last, Member.Type);
        if (!JsonText.TryRead(_body, place, out var text))
        {
            return SegmentErrors.NotText;
        }

        if (place.Kind != JsonTokenType.String || JsonText.IsBlank(text.Span))
        {
            return SegmentErrors.NoType;
        }

        if (text.Length > MaxTypeBytes)
        {
            return SegmentErrors.TypeTooLong;
        }

        type = EventTypes.NameOf(text.Span);
        return null;
    }
}
