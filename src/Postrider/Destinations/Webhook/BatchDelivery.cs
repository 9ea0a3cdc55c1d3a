namespace Postrider.Destinations.Webhook;

/// <summary>One batch on its way: in one request, or, where that is refused for what it holds, in ever smaller parts.</summary>
/// <remarks>
/// A receiver that refuses a batch for one bad event refuses the good ones with it. Halved again and again, the bad one stands alone
/// after a few requests and is rejected with an answer of its own, and the others are delivered. Parts go one after the other in
/// the order of the batch, without the events of a key that failed.
/// </remarks>
internal sealed class BatchDelivery(
    IReadOnlyList<DeliveryAttempt> batch,
    Func<IReadOnlyList<DeliveryAttempt>, CancellationToken, ValueTask<IReadOnlyList<DeliveryResult>>> send,
    Func<DeliveryResult, bool> blamesSomeEvent,
    BatchSizing sizing)
{
    // Enough to find two bad events among a hundred. What is left then comes again, each event alone.
    private const int MaxRequests = 32;

    private static readonly DeliveryResult Late = DeliveryResult.Retry("timeout", "the deadline passed while the batch was sent again in parts");

    private readonly DeliveryResult[] _results = new DeliveryResult[batch.Count];
    private readonly HashSet<ulong> _failed = [];
    private readonly Stack<int[]> _open = new();
    private bool _isAnySettled;

    /// <exception cref="OperationCanceledException">The deadline passed, or the server stops, and no event has a result yet.</exception>
    public async ValueTask<IReadOnlyList<DeliveryResult>> RunAsync(CancellationToken cancellationToken)
    {
        Array.Fill(_results, DeliveryResult.NotAttempted);
        _open.Push([.. Enumerable.Range(0, batch.Count)]);
        for (var requests = 0; requests < MaxRequests && _open.TryPop(out var places);)
        {
            places = [.. places.Where(place => !IsBehindFailed(place))];
            if (places.Length == 0)
            {
                continue;
            }

            requests++;
            if (!await TryPartAsync(places, cancellationToken))
            {
                // It is down, too slow, or lets nobody in: the other parts would fare alike.
                break;
            }
        }

        return _results;
    }

    private async ValueTask<bool> TryPartAsync(int[] places, CancellationToken cancellationToken)
    {
        DeliveryAttempt[] part = [.. places.Select(place => batch[place])];
        var answers = await SendAsync(part, cancellationToken);
        var isWhole = part.Length > 1 && answers.Count == 1;
        sizing.OnAnswer(places, part, answers);
        if (isWhole && blamesSomeEvent(answers[0]))
        {
            _open.Push(places[(places.Length / 2)..]);
            _open.Push(places[..(places.Length / 2)]);
            return true;
        }

        for (var i = 0; i < places.Length; i++)
        {
            Take(places[i], answers[isWhole ? 0 : i]);
        }

        _isAnySettled = true;
        return !isWhole || answers[0].Outcome == DeliveryOutcome.Delivered;
    }

    // The results that earlier parts have are kept when the deadline passes; where there are none, the deadline is the result.
    private async ValueTask<IReadOnlyList<DeliveryResult>> SendAsync(DeliveryAttempt[] part, CancellationToken cancellationToken)
    {
        try
        {
            return await send(part, cancellationToken);
        }
        catch (OperationCanceledException) when (_isAnySettled && cancellationToken.IsCancellationRequested)
        {
            _open.Clear();
            return [Late];
        }
    }

    // After an event that was not delivered, the later ones of its key count as not attempted, whatever the receiver did with them.
    private void Take(int place, DeliveryResult result)
    {
        if (IsBehindFailed(place))
        {
            return;
        }

        _results[place] = result;
        var taken = batch[place].Event;
        if (taken.IsKeyed && result.Outcome != DeliveryOutcome.Delivered)
        {
            _failed.Add(taken.KeyHash);
        }
    }

    private bool IsBehindFailed(int place) => batch[place].Event is { IsKeyed: true, KeyHash: var key } && _failed.Contains(key);
}
