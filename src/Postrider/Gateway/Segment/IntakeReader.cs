using System.Buffers;
using System.Text.Json;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Gateway.Segment;

/// <summary>Turns a whole body into events: good ones go on, bad ones of a batch are put aside.</summary>
internal sealed class IntakeReader(SourceAuthenticator authenticator, ReceiveBudget budget)
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="body">Inflated, in one piece.</param>
    /// <param name="route">Where it came in.</param>
    /// <param name="source">Null: the body's own write key says.</param>
    /// <param name="origin">The page's; null: none.</param>
    /// <param name="facts">What else is known of the request.</param>
    /// <param name="config">The configuration in force.</param>
    public Intake Read(ReadOnlyMemory<byte> body, SegmentRoute route, GatewaySource? source, string? origin, RequestFacts facts, PostriderConfig config)
    {
        if (body.IsEmpty)
        {
            return Intake.Refused(GatewayErrors.BodyEmpty);
        }

        var invalid = Utf8Scan.IndexOfInvalid(new ReadOnlySequence<byte>(body));
        if (invalid >= 0)
        {
            return Intake.Refused(GatewayErrors.NotUtf8(invalid));
        }

        body = body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;
        var scan = BodyScan.Rent();
        try
        {
            var isBatch = route.Service == SegmentService.Batch;
            var maxWeight = EventShare.LimitOf(config.Gateway);
            if (!scan.TryRead(body.Span, isBatch, maxWeight / Event.ObjectOverhead, out var error))
            {
                return Intake.Refused(GatewayErrors.BatchGrewTooLarge(maxWeight));
            }

            source ??= FindSource(body, scan, isBatch, config, ref error);
            error ??= source!.Rules.Admit(origin);
            return error is null
                ? Build(new EventBuilder(body, scan, source!, facts, route.Type), body, scan, source!, facts, config.Gateway)
                : Intake.Refused(error);
        }
        catch (JsonException e)
        {
            return Intake.Refused(GatewayErrors.InvalidJson(e));
        }
        finally
        {
            BodyScan.Return(scan);
        }
    }

    private GatewaySource? FindSource(ReadOnlyMemory<byte> body, BodyScan scan, bool isBatch, PostriderConfig config, ref GatewayError? error)
    {
        if (error is not null)
        {
            return null;
        }

        var place = isBatch ? scan.Root(Member.WriteKey) : LastWriteKey(scan);
        if (!JsonText.TryRead(body, place, out var key) || !key.IsEmpty)
        {
            var found = authenticator.Find(key.Span, config);
            error = found is null ? GatewayErrors.KeyUnknown : null;
            return found;
        }

        var byDefault = authenticator.TableOf(config).Default;
        error = byDefault is null ? GatewayErrors.KeyMissing : null;
        return byDefault;
    }

    private static MemberPlace LastWriteKey(BodyScan scan)
    {
        var last = default(MemberPlace);
        foreach (var member in scan.MembersOf(scan.Events[0]))
        {
            last = member.Member == Member.WriteKey ? member : last;
        }

        return last;
    }

    private Intake Build(EventBuilder builder, ReadOnlyMemory<byte> body, BodyScan scan, GatewaySource source, RequestFacts facts, GatewayConfig limits)
    {
        var share = new EventShare(budget, limits);
        try
        {
            var events = new List<Event>(scan.Events.Length);
            var rejected = new RejectedEvents();
            var index = 0;
            foreach (var place in scan.Events)
            {
                if (builder.TryBuild(place, out var built) is { } reason)
                {
                    rejected.Add(source, facts.ReceivedAt, "batch", index, reason, body.Span[place.Start..place.End]);
                }
                else if (share.TryTake(built) is { } refusal)
                {
                    share.Return();
                    return Intake.Refused(refusal);
                }
                else
                {
                    events.Add(built);
                }

                index++;
            }

            return events.Count == 0
                ? Intake.Refused(rejected.First!)
                : new Intake { Source = source, Events = events, Rejected = rejected, Weight = share.Taken };
        }
        catch
        {
            // Nobody else knows of it.
            share.Return();
            throw;
        }
    }
}
