using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Does what others ask of a partition that this process owns.</summary>
internal sealed class OwnerDuties(IEventLog log, Func<string, LiveDestination?> find, Skips skips, DeadLetters letters, Replays replays)
{
    /// <summary>Null: this process does not own it any more; the next owner is asked.</summary>
    public async Task<OwnerAnswer?> AnswerAsync(int partition, OwnerRequest request)
    {
        switch (request.Kind)
        {
            case OwnerRequest.Skip:
                if (find(request.Destination) is not { } live)
                {
                    return new OwnerAnswer(0, 0, $"its configuration has no destination '{request.Destination}'");
                }

                var skipped = await skips.SkipAsync(
                    live, log.Partitions[partition], request.End, request.Before, request.Reason, CancellationToken.None).ConfigureAwait(false);
                return skipped is null ? null : new OwnerAnswer(skipped.Positions, skipped.Events);
            case OwnerRequest.DeleteLetters:
                var deleted = await letters.DeleteOwnAsync(partition, request.Destination, request.Filter ?? DeadLetterFilter.All, CancellationToken.None).ConfigureAwait(false);
                return deleted is { } count ? new OwnerAnswer(count, 0) : null;
            case OwnerRequest.CancelReplay:
                return await replays.CancelOwnAsync(request.Replay, partition).ConfigureAwait(false) ? new OwnerAnswer(1, 0) : null;
            case OwnerRequest.LookForReplays:
                await replays.LookAsync(partition).ConfigureAwait(false);
                return new OwnerAnswer(0, 0);
            default:
                return new OwnerAnswer(0, 0, $"it does not know the request '{request.Kind}'");
        }
    }
}
