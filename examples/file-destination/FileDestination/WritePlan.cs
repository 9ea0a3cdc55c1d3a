using Postrider.Destinations;

namespace Example.Files;

/// <summary>What of a batch is to be written: lines, in runs of one day. Its results hold as long as no run fails.</summary>
internal sealed class WritePlan
{
    private readonly List<Run> _runs = [];

    public WritePlan(IReadOnlyList<DeliveryAttempt> batch, long maxEventBytes)
    {
        Results = new DeliveryResult[batch.Count];
        var heldBack = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i].Event;
            if (item.Key is { } key && heldBack.Contains(key))
            {
                Results[i] = DeliveryResult.NotAttempted;
            }
            else if (item.Body.Length > maxEventBytes)
            {
                Results[i] = DeliveryResult.Rejected("too-large", $"{item.Body.Length} bytes, and {maxEventBytes} are allowed");
                if (item.Key is not null)
                {
                    heldBack.Add(item.Key);
                }
            }
            else
            {
                Results[i] = DeliveryResult.Delivered();
                EventLine.Write(RunOf(DateOnly.FromDateTime(item.ReceivedAt.UtcDateTime), i).Lines, item);
            }
        }
    }

    public IReadOnlyList<Run> Runs => _runs;

    /// <summary>One for each event of the batch, in its order.</summary>
    public DeliveryResult[] Results { get; }

    /// <summary>A run failed. All behind its first event comes again, rejected ones too: a dead letter must not pass an event that waits.</summary>
    public void FailFrom(Run run, DeliveryResult failure)
    {
        Results[run.First] = failure;
        Results.AsSpan(run.First + 1).Fill(DeliveryResult.NotAttempted);
    }

    private Run RunOf(DateOnly day, int index)
    {
        if (_runs.Count == 0 || _runs[^1].Day != day)
        {
            _runs.Add(new Run(day, index, new MemoryStream()));
        }

        return _runs[^1];
    }

    /// <summary>Lines of one day that are written together.</summary>
    /// <param name="Day">The day.</param>
    /// <param name="First">The place in the batch of its first event.</param>
    /// <param name="Lines">The lines, each with its end.</param>
    internal sealed record Run(DateOnly Day, int First, MemoryStream Lines);
}
