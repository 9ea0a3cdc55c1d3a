namespace Postrider.Destinations.Webhook;

/// <summary>What the parts of one batch tell of the size that the receiver takes.</summary>
/// <remarks>
/// A part that was refused as too large (413) may have been so for one oversize event in it, which says nothing of the others. Only where all of
/// its events went in smaller parts was it the number or the sum that was too much.
/// </remarks>
internal sealed class BatchSizing(IReadOnlyList<DeliveryAttempt> batch)
{
    private const int ContentTooLarge = 413;

    private readonly List<(int[] Places, BatchSize Size)> _refused = [];
    private bool[]? _taken;
    private BatchSize? _largest;
    private bool _isOneTooLarge;
    private bool _isTakenWhole;

    /// <summary>A part was answered, with one answer for all of it or one for each event.</summary>
    public void OnAnswer(int[] places, DeliveryAttempt[] part, IReadOnlyList<DeliveryResult> answers)
    {
        if (answers.Count == 1 && answers[0].Status == ContentTooLarge)
        {
            if (part.Length > 1)
            {
                _refused.Add((places, BatchSize.Of(part)));
            }

            _isOneTooLarge |= part.Length == 1;
        }
        else if (answers.Count > 1 || answers[0].Outcome == DeliveryOutcome.Delivered)
        {
            _isTakenWhole = part.Length == batch.Count;
            Take(places, part);
        }
    }

    /// <summary>The batch is done with.</summary>
    public void Teach(BatchLimits limits)
    {
        if (_isTakenWhole)
        {
            limits.Accept(batch);
        }
        else if (_refused.Count > 0 && _largest is null && !_isOneTooLarge)
        {
            // The deadline came first, or the settings let no part follow: the next batch begins with what would have come next.
            limits.Refuse(_refused[^1].Size, null);
        }
        else if (_refused.FindLast(each => Array.TrueForAll(each.Places, place => _taken?[place] ?? false)) is { Places: not null } proven)
        {
            limits.Refuse(proven.Size, _largest);
        }
    }

    private void Take(int[] places, DeliveryAttempt[] part)
    {
        if (_refused.Count == 0)
        {
            return;
        }

        var size = BatchSize.Of(part);
        _largest = _largest is { } largest && largest.Bytes >= size.Bytes ? largest : size;
        _taken ??= new bool[batch.Count];
        foreach (var place in places)
        {
            _taken[place] = true;
        }
    }
}
