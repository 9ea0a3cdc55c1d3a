using System.Diagnostics;
using Postrider.Destinations;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Delivery;

/// <summary>
/// The span of an attempt. As the conventions for messaging say, it links to the context that each of its events came with. That context is
/// also its parent where the attempt is the first of one event and follows it at once; a retry, a replay or an event of an old backlog begins a
/// trace of its own, for nobody keeps a trace open for so long.
/// </summary>
internal static class AttemptSpan
{
    private const string Operation = "deliver";
    private const string SendType = "send";

    // What a span holds at most, by OpenTelemetry's own default.
    private const int MaxLinks = 128;

    private static readonly TimeSpan LongestTrace = TimeSpan.FromMinutes(1);

    /// <summary>Begins it; null: nobody listens, or it is not sampled.</summary>
    public static Activity? Begin(DestinationModel model, IReadOnlyList<DeliveryAttempt> batch, bool isParked, TimeProvider time)
    {
        if (!PostriderTracing.Source.HasListeners())
        {
            return null;
        }

        // A pump works for nobody's span; whoever woke it must not become the parent.
        Activity.Current = null;
        var links = LinksOf(batch);
        var isFirst = batch.Count == 1 && !isParked && batch[0].Attempt == 1 && time.GetUtcNow() - batch[0].Event.ReceivedAt < LongestTrace;
        var parent = isFirst && links is [{ Context: var only }] ? only : default;
        var span = PostriderTracing.Source.StartActivity($"{Operation} {model.Config.Name}", ActivityKind.Client, parent, links: links);
        if (span is { IsAllDataRequested: true })
        {
            Describe(span, model, batch);
        }

        return span;
    }

    /// <summary>Ends it with what the attempt brought.</summary>
    public static void End(Activity span, Attempt attempt)
    {
        if (span.IsAllDataRequested && !attempt.CutOff)
        {
            var result = Worst(attempt);
            var outcome = ResultReading.OutcomeOf(result, attempt.Model.Config);
            span.SetTag(SpanAttributes.Outcome, ResultReading.WordOf(outcome));
            if (outcome != DeliveryOutcome.Delivered)
            {
                span.SetTag(SpanAttributes.ErrorType, result.ErrorClass);
                span.SetStatus(ActivityStatusCode.Error, result.Reason);
            }
        }

        span.Stop();
    }

    private static void Describe(Activity span, DestinationModel model, IReadOnlyList<DeliveryAttempt> batch)
    {
        span.SetTag(SpanAttributes.MessagingSystem, SpanAttributes.System);
        span.SetTag(SpanAttributes.OperationName, Operation);
        span.SetTag(SpanAttributes.OperationType, SendType);
        span.SetTag(SpanAttributes.DestinationName, model.Config.Name);
        span.SetTag(SpanAttributes.DestinationType, model.Config.Type);
        if (batch.Count > 1)
        {
            span.SetTag(SpanAttributes.MessageCount, batch.Count);
            return;
        }

        span.SetTag(SpanAttributes.MessageId, batch[0].Event.Id);
        span.SetTag(SpanAttributes.BodySize, batch[0].Event.Body.Length);
        span.SetTag(SpanAttributes.Source, batch[0].Event.Source);
        span.SetTag(SpanAttributes.Attempt, batch[0].Attempt);
    }

    private static List<ActivityLink>? LinksOf(IReadOnlyList<DeliveryAttempt> batch)
    {
        List<ActivityLink>? links = null;
        for (var i = 0; i < batch.Count && links?.Count is null or < MaxLinks; i++)
        {
            if (ContextOf(batch[i].Event) is { } context && links?.Exists(link => link.Context == context) is not true)
            {
                (links ??= []).Add(new ActivityLink(context));
            }
        }

        return links;
    }

    private static ActivityContext? ContextOf(Event @event) =>
        ActivityContext.TryParse(@event.TraceParent, null, isRemote: true, out var context) ? context : null;

    // Of a batch, the first that was not delivered speaks for all.
    private static DeliveryResult Worst(Attempt attempt) =>
        attempt.Results is not { } results
            ? ResultReading.Thrown(attempt.Failure!)
            : results.FirstOrDefault(result => result.Outcome is DeliveryOutcome.Retry or DeliveryOutcome.Rejected) ?? results[0];
}
