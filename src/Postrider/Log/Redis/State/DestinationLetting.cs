using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>
/// Lets go of a destination. Its parked events become dead letters a page at a time, because a million of them would keep Redis from its other
/// work for seconds; each page is one write, and the last write forgets the destination. Whoever is cut off between begins again, and goes on.
/// </summary>
internal sealed class DestinationLetting(StateCalls calls, Func<long, CancellationToken, ValueTask<Event?>> find, DateTimeOffset now)
{
    private const int PageSize = 256;

    public async Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken)
    {
        var prefix = ParkedCodec.Prefix(unread.Destination);
        while (true)
        {
            var members = (RedisResult[])(await calls.ReadAsync(
                "ZRANGEBYLEX", StateKeys.Parked, [StateRanges.From(prefix), StateRanges.Behind(prefix), "LIMIT", 0, PageSize], cancellationToken).ConfigureAwait(false))!;
            if (members.Length == 0)
            {
                break;
            }

            var steps = Begin(unread.Destination);
            foreach (var member in members)
            {
                var parked = ParkedCodec.Read(unread.Destination, (byte[])member!);
                steps.LetGo(parked, await ToDeadLetterAsync(parked, unread, cancellationToken).ConfigureAwait(false));
            }

            await calls.CallAsync(StateScripts.Write, steps.ToArguments(), cancellationToken).ConfigureAwait(false);
        }

        var last = Begin(unread.Destination).Add("forget").GiveUp(unread, now);
        var replays = ReplayCodec.ReadAll((RedisResult[])(await calls.ReadAsync("HGETALL", StateKeys.Replays, [], cancellationToken).ConfigureAwait(false))!);
        foreach (var replay in replays.Where(replay => replay.Destination == unread.Destination))
        {
            last.Replayed(replay.Id, unread.Destination, replay.Progress with
            {
                State = ReplayState.Failed, FinishedAt = unread.At, Reason = "The destination was removed.",
            });
        }

        await calls.CallAsync(StateScripts.Write, last.ToArguments(), cancellationToken).ConfigureAwait(false);
    }

    // Told again after an unknown outcome, it may be done.
    private StateSteps Begin(string destination) =>
        calls.OwnerSteps().Add("known", destination).Add("unforgotten", destination).On(destination);

    private async Task<DeadLetter> ToDeadLetterAsync(ParkedEvent parked, GivenUpRange unread, CancellationToken cancellationToken)
    {
        var found = await FindSafelyAsync(parked.Position, cancellationToken).ConfigureAwait(false);
        return new DeadLetter(
            parked.Position, parked.Lane, found?.Key, found?.Type, "forgotten",
            parked.LastError ?? new AttemptError("forgotten", null, unread.Reason),
            ReadOnlyMemory<byte>.Empty, parked.FirstAttempt, null, parked.Attempts, unread.At);
    }

    private async Task<Event?> FindSafelyAsync(long position, CancellationToken cancellationToken)
    {
        try
        {
            return await find(position, cancellationToken).ConfigureAwait(false);
        }
        catch (LogCorruptException)
        {
            // Its key is lost with it; the letter is not.
            return null;
        }
    }
}
