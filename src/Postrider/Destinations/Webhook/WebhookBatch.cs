using Postrider.Configuration;

namespace Postrider.Destinations.Webhook;

/// <summary>How large batches may be, and what one answer means for each event of a batch.</summary>
internal sealed class WebhookBatch(WebhookBatchSettings settings, IReadOnlyList<int> retryOn, IReadOnlyList<int> rejectOn)
{
    private const int ContentTooLarge = 413;

    // Enough to find two bad events among a hundred. What is left then comes again, each event alone.
    private const int MaxRequests = 32;

    private readonly Lock _lock = new();
    private volatile int _maxEvents = settings.MaxEvents;
    private long _maxBytes = settings.MaxBytes.Bytes;

    public int MaxEvents => _maxEvents;

    public long MaxBytes => Interlocked.Read(ref _maxBytes);

    public TimeSpan Wait => settings.MaxWait;

    public BatchBody Body { get; } = new(settings.Format, settings.Items);

    public bool ReadsResults => settings.Results;

    public static WebhookBatch? Of(WebhookSettings settings, DestinationConfig config) =>
        settings.Batch is { } batch ? new WebhookBatch(batch, config.RetryOn, config.RejectOn) : null;

    /// <summary>Delivers a batch: in one request, or, where that is refused for what it holds, in ever smaller parts.</summary>
    /// <remarks>
    /// A receiver that refuses a batch for one bad event refuses the good ones with it. Halved again and again, the bad one stands alone
    /// after a few requests and is rejected with an answer of its own, and the others are delivered. Parts go one after the other in
    /// the order of the batch, without the events of a key that failed.
    /// </remarks>
    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(
        IReadOnlyList<DeliveryAttempt> batch, Func<IReadOnlyList<DeliveryAttempt>, CancellationToken, ValueTask<IReadOnlyList<DeliveryResult>>> send, CancellationToken cancellationToken)
    {
        var results = new DeliveryResult[batch.Count];
        Array.Fill(results, DeliveryResult.NotAttempted);
        var failed = new HashSet<ulong>();
        var open = new Stack<int[]>();
        open.Push([.. Enumerable.Range(0, batch.Count)]);
        for (var requests = 0; requests < MaxRequests && open.TryPop(out var places);)
        {
            places = [.. places.Where(place => !batch[place].Event.IsKeyed || !failed.Contains(batch[place].Event.KeyHash))];
            if (places.Length == 0)
            {
                continue;
            }

            DeliveryAttempt[] part = [.. places.Select(place => batch[place])];
            requests++;
            var answers = await send(part, cancellationToken);
            var isWhole = part.Length > 1 && answers.Count == 1;
            if (isWhole && answers[0].Status == ContentTooLarge)
            {
                Halve(part);
            }

            if (isWhole && BlamesSomeEvent(answers[0]))
            {
                open.Push(places[(places.Length / 2)..]);
                open.Push(places[..(places.Length / 2)]);
                continue;
            }

            for (var i = 0; i < places.Length; i++)
            {
                Take(places[i], answers[isWhole ? 0 : i]);
            }

            if (isWhole && answers[0].Outcome != DeliveryOutcome.Delivered)
            {
                // It is down, or lets nobody in: the other parts would fare alike.
                break;
            }
        }

        return results;

        // After an event that was not delivered, the later ones of its key count as not attempted, whatever the receiver did with them.
        void Take(int place, DeliveryResult result)
        {
            var taken = batch[place].Event;
            if (taken.IsKeyed && failed.Contains(taken.KeyHash))
            {
                return;
            }

            results[place] = result;
            if (taken.IsKeyed && result.Outcome != DeliveryOutcome.Delivered)
            {
                failed.Add(taken.KeyHash);
            }
        }
    }

    // What the destination as a whole says (gone, moved, not allowed in) is no event's fault, unless the settings say that it is.
    private bool BlamesSomeEvent(DeliveryResult result) => result.Status is { } status
        && result.Outcome is DeliveryOutcome.Retry or DeliveryOutcome.Rejected
        && (rejectOn.Contains(result.Status.Value)
            || (result.Outcome == DeliveryOutcome.Rejected && status is not (401 or 403 or 404 or 407 or 410) && !retryOn.Contains(status)));

    // From the size of the one that was refused, so that several in flight do not halve it several times.
    private void Halve(DeliveryAttempt[] batch)
    {
        var bytes = 0L;
        foreach (var attempt in batch)
        {
            bytes += attempt.Event.Body.Length;
        }

        lock (_lock)
        {
            _maxEvents = Math.Min(_maxEvents, batch.Length / 2);
            Interlocked.Exchange(ref _maxBytes, Math.Min(_maxBytes, Math.Max(1, bytes / 2)));
        }
    }
}
