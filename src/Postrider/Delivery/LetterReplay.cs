using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Replays a destination's dead letters, in the order of their positions.</summary>
internal sealed class LetterReplay(ReplayJob job, IStateStore state) : IReplaySource
{
    public async Task<ReplayPage> NextAsync(Dispatcher dispatcher, long next, int most, CancellationToken cancellationToken)
    {
        var stored = await state.ReadDeadLettersAsync(
            new DeadLetterQuery(job.Destination, job.Filter, null, next, most), cancellationToken).ConfigureAwait(false);
        List<DeadLetter> letters = [.. stored.Select(found => found.Letter).Where(letter => letter.Position < job.Before)];
        var ends = letters.Count < most;
        return new ReplayPage(
            await LetterItems.OfAsync(state, job.Destination, letters, cancellationToken).ConfigureAwait(false),
            ends ? job.Before : letters[^1].Position + 1,
            ends);
    }
}
