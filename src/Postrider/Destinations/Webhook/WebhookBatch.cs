using Postrider.Configuration;

namespace Postrider.Destinations.Webhook;

/// <summary>How large batches may be, and what one answer means for each event of a batch.</summary>
internal sealed class WebhookBatch(WebhookBatchSettings settings, IReadOnlyList<int> retryOn, IReadOnlyList<int> rejectOn)
{
    private readonly BatchLimits _limits = new(new BatchSize(settings.MaxEvents, settings.MaxBytes.Bytes));

    public int MaxEvents => _limits.MaxEvents;

    public long MaxBytes => _limits.MaxBytes;

    public TimeSpan Wait => settings.MaxWait;

    public BatchBody Body { get; } = new(settings.Format, settings.Items);

    public bool ReadsResults => settings.Results;

    public static WebhookBatch? Of(WebhookSettings settings, DestinationConfig config) =>
        settings.Batch is { } batch ? new WebhookBatch(batch, config.RetryOn, config.RejectOn) : null;

    /// <summary>Delivers a batch: in one request, or, where that is refused for what it holds, in ever smaller parts.</summary>
    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(
        IReadOnlyList<DeliveryAttempt> batch, Func<IReadOnlyList<DeliveryAttempt>, CancellationToken, ValueTask<IReadOnlyList<DeliveryResult>>> send, CancellationToken cancellationToken)
    {
        var sizing = new BatchSizing(batch);
        try
        {
            return await new BatchDelivery(batch, send, BlamesSomeEvent, sizing).RunAsync(cancellationToken);
        }
        finally
        {
            sizing.Teach(_limits);
        }
    }

    // What the destination as a whole says (gone, moved, not allowed in) is no event's fault, unless the settings say that it is.
    private bool BlamesSomeEvent(DeliveryResult result) => result.Status is { } status
        && result.Outcome is DeliveryOutcome.Retry or DeliveryOutcome.Rejected
        && (rejectOn.Contains(result.Status.Value)
            || (result.Outcome == DeliveryOutcome.Rejected && status is not (401 or 403 or 404 or 407 or 410) && !retryOn.Contains(status)));
}
