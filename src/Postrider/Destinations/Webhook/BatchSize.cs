namespace Postrider.Destinations.Webhook;

/// <summary>How large a batch is.</summary>
/// <param name="Events">Events in it.</param>
/// <param name="Bytes">Bytes of their bodies.</param>
internal readonly record struct BatchSize(int Events, long Bytes)
{
    public static BatchSize Of(IReadOnlyList<DeliveryAttempt> batch)
    {
        var bytes = 0L;
        foreach (var attempt in batch)
        {
            bytes += attempt.Event.Body.Length;
        }

        return new BatchSize(batch.Count, bytes);
    }

    public bool FitsInto(BatchSize limit) => Events <= limit.Events && Bytes <= limit.Bytes;
}
