using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider.Delivery;

/// <summary>How a destination's settings read the result of an attempt.</summary>
internal static class ResultReading
{
    private const int Gone = 410;

    /// <summary>The results of a call, if there is one for each of so many events.</summary>
    /// <exception cref="InvalidOperationException">There is not.</exception>
    public static IReadOnlyList<DeliveryResult> Check(IReadOnlyList<DeliveryResult>? results, int count)
    {
        // A destination of someone else's may be compiled without nullable types.
        var isWhole = results is not null && results.Count == count;
        for (var i = 0; isWhole && i < count; i++)
        {
            isWhole = results![i] is not null;
        }

        return isWhole ? results! : throw new InvalidOperationException("The destination did not answer for every event of the batch.");
    }

    /// <summary>The outcome, after <c>retryOn</c> and <c>rejectOn</c>.</summary>
    public static DeliveryOutcome OutcomeOf(DeliveryResult result, DestinationConfig config)
    {
        if (result.Status is { } status && result.Outcome is DeliveryOutcome.Retry or DeliveryOutcome.Rejected)
        {
            if (config.RejectOn.Contains(result.Status.Value))
            {
                return DeliveryOutcome.Rejected;
            }

            if (config.RetryOn.Contains(status))
            {
                return DeliveryOutcome.Retry;
            }
        }

        return result.Outcome;
    }

    /// <summary>What it says of the destination as a whole. A status that the settings name as a rejection speaks of the event alone.</summary>
    public static BreakerVerdict VerdictOf(DeliveryResult result, DeliveryOutcome outcome, DestinationConfig config) => outcome switch
    {
        DeliveryOutcome.Retry when RefusesUs(result) => BreakerVerdict.Refuses,
        DeliveryOutcome.Retry => BreakerVerdict.Fails,
        DeliveryOutcome.Rejected when result.Status is 401 or 403 or 404 or 407 or Gone && !config.RejectOn.Contains(result.Status.Value) =>
            BreakerVerdict.Rejects,
        _ => BreakerVerdict.Works,
    };

    /// <summary>The receiver is gone for good, and the settings say that this disables the destination.</summary>
    public static bool Disables(DeliveryResult result, DestinationConfig config) =>
        result.Status == Gone && result.Outcome != DeliveryOutcome.Delivered && config.On410 == On410.Disable;

    /// <summary>The destination lets nobody in: no event is to blame, and none is given up for it.</summary>
    public static bool RefusesUs(DeliveryResult result) => result is { Outcome: DeliveryOutcome.Retry, ErrorClass: DeliveryResult.RefusedClass };

    /// <summary>What a passed deadline means.</summary>
    public static DeliveryResult Late(DestinationConfig config) =>
        DeliveryResult.Retry("timeout", $"no complete answer within {config.Timeout.TotalSeconds:0.###} s");

    /// <summary>What an exception means that the destination should have made a result of.</summary>
    public static DeliveryResult Thrown(Exception exception) =>
        DeliveryResult.Retry("exception", $"the destination failed: {exception.GetType().Name}");

    public static string WordOf(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.Retry => "retry",
        DeliveryOutcome.Rejected => "rejected",
        _ => "not-attempted",
    };
}
