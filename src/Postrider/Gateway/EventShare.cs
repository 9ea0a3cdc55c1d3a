using Postrider.Configuration;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>What one request holds of the budget beside its body: what is made of the body, and what its events weigh.</summary>
internal sealed class EventShare(ReceiveBudget budget, GatewayConfig limits)
{
    /// <summary>What a request's events may weigh, in bodies of the largest size: stamps and a root's context make more of a batch than it was.</summary>
    public const int MaxGrowth = 4;

    /// <summary>What the events of one request may weigh.</summary>
    public static long LimitOf(GatewayConfig limits) => MaxGrowth * limits.MaxBodySize.Bytes;

    /// <summary>For whoever has the share to give back.</summary>
    public long Taken { get; private set; }

    /// <summary>The answer to an event for which there is no room; null: there is, and it is taken.</summary>
    public GatewayError? TryTake(Event built)
    {
        var limit = LimitOf(limits);
        return CheckSize(built) ?? (Taken + built.Weight > limit ? GatewayErrors.BatchGrewTooLarge(limit) : TryHold(built.Weight));
    }

    /// <summary>The answer to an event that is larger than a log takes; null: it is not.</summary>
    public static GatewayError? CheckSize(Event built) => built.Bytes.Length > IEventLog.MaxEventBytes ? GatewayErrors.EventTooLarge : null;

    /// <summary>The answer where there is no room for so many bytes more; null: there is, and they are taken.</summary>
    public GatewayError? TryHold(long bytes)
    {
        // Beside the body itself: there is room for what one request may become, or a large one would never find it.
        if (!budget.TryTake(bytes, limits.MaxReceiving.Bytes + LimitOf(limits)))
        {
            return GatewayErrors.TooManyBodies;
        }

        Taken += bytes;
        return null;
    }

    /// <summary>Gives all of it back.</summary>
    public void Return()
    {
        budget.Return(Taken);
        Taken = 0;
    }
}
