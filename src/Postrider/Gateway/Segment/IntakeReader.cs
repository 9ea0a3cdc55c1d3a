using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Postrider.Configuration;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Gateway.Segment;

/// <summary>Turns a whole body into events: good ones go on, bad ones of a batch are put aside.</summary>
internal sealed class IntakeReader(SourceAuthenticator authenticator, ReceiveBudget budget)
{
    /// <summary>What a request's events may weigh, in bodies of the largest size: stamps and a root's context make more of a batch than it was.</summary>
    public const int MaxGrowth = 4;

    // Below what the logs take, whatever the configuration says of bodies.
    private const int MaxEventBytes = 63 << 20;

    // A client that sends nothing but nonsense shall not fill the list for everyone at once.
    private const int MaxRejectedBytes = 32 * 1024;

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
            var error = scan.Read(body.Span, isBatch);
            source ??= FindSource(body, scan, isBatch, config, ref error);
            error ??= Admit(source!, origin);
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

    /// <summary>Whether a source takes events now, and from there.</summary>
    public static GatewayError? Admit(GatewaySource source, string? origin) =>
        !source.Rules.IsEnabled ? SourceErrors.Disabled
        : origin is not null && !source.Rules.IsOriginAllowed(origin) ? SegmentErrors.OriginRefused
        : null;

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
        var events = new List<Event>(scan.Events.Length);
        var rejected = new List<RejectedIngest>();
        var (index, rejectedCount, weight) = (0, 0, 0L);
        GatewayError? first = null;
        foreach (var place in scan.Events)
        {
            if (builder.TryBuild(place, out var built) is { } reason)
            {
                first ??= reason;
                if (rejectedCount++ < Quarantine.MostOfABatch)
                {
                    rejected.Add(Keep(body[place.Start..place.End], index, reason, source, facts));
                }
            }
            else
            {
                var refusal = Take(built.Weight, ref weight, limits);
                if (refusal is not null)
                {
                    budget.Return(weight);
                    return Intake.Refused(refusal);
                }

                events.Add(built);
            }

            index++;
        }

        return events.Count == 0
            ? Intake.Refused(first!)
            : new Intake { Source = source, Events = events, Rejected = rejected, RejectedCount = rejectedCount, Weight = weight };
    }

    private GatewayError? Take(int bytes, ref long weight, GatewayConfig limits)
    {
        var limit = MaxGrowth * limits.MaxBodySize.Bytes;
        if (weight + bytes > limit || bytes > MaxEventBytes)
        {
            return SegmentErrors.BatchGrewTooLarge(Math.Min(limit, MaxEventBytes));
        }

        // Beside the body itself: there is room for what one request may become, or a large one would never find it.
        if (!budget.TryTake(bytes, limits.MaxReceiving.Bytes + limit))
        {
            return GatewayErrors.TooManyBodies;
        }

        weight += bytes;
        return null;
    }

    private static RejectedIngest Keep(ReadOnlyMemory<byte> @event, int index, GatewayError reason, GatewaySource source, RequestFacts facts) => new(
        0,
        source.Name,
        facts.ReceivedAt,
        string.Create(CultureInfo.InvariantCulture, $"batch[{index}]: {reason.Message}"),
        @event[..Math.Min(@event.Length, MaxRejectedBytes)].ToArray());
}
