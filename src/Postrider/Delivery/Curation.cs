using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What operators change in the books of a dispatcher: replays, deleted dead letters, skipped backlog. Whoever works with it holds
/// <see cref="Gate"/> from the first look at the state store until the change is saved: so what he saw there is still so.
/// </summary>
internal sealed class Curation(Dispatcher dispatcher, DispatcherBooks books, Intake intake, SlowLanes slow, IEventLog log, DispatcherLimits limits, TimeProvider time)
{
    // Lets a step wait for the attempts that are under way; then the replay says why it waits.
    private static readonly TimeSpan StepWait = TimeSpan.FromSeconds(1);

    private readonly ReplaySteps _steps = new(dispatcher, books, intake, slow, log, limits, time);
    private readonly List<(long Save, TaskCompletionSource Saved)> _waiting = [];
    private bool _abandoned;
    private long _replayed;
    private bool _closed;

    /// <summary>One at a time.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>A skip is under way: nothing is read meanwhile.</summary>
    public bool HoldsReading { get; private set; }

    /// <summary>Replayed events that wait undelivered, as of the last round.</summary>
    public long ReplayedWaiting => Volatile.Read(ref _replayed);

    // ---- for others ---------------------------------------------------------------------------------------------------------------

    /// <summary>From now on the dispatcher remembers what changes, until the next step of a replay.</summary>
    public Task WatchAsync() => dispatcher.AskAsync(() =>
    {
        books.Changes.Watch();
        return true;
    });

    /// <summary>No longer, if no step came to it.</summary>
    public Task EndWatchAsync() => dispatcher.AskAsync(() =>
    {
        books.Changes.EndWatch();
        return true;
    });

    /// <summary>Takes a step of a replay; returns when it is saved.</summary>
    /// <exception cref="OperationCanceledException">The dispatcher is gone, and nobody knows whether it was saved.</exception>
    public async Task<ReplayStepResult> ReplayAsync(ReplayStep step, CancellationToken cancellationToken)
    {
        var stepping = await dispatcher.AskAsync(() => _closed ? null : _steps.Begin(step)).ConfigureAwait(false);
        if (stepping is null)
        {
            return new ReplayStepResult(null, "the destination is being stopped", 0);
        }

        try
        {
            await stepping.WaitAsync(StepWait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await dispatcher.AskAsync(() =>
            {
                _steps.Withdraw();
                return true;
            }).ConfigureAwait(false);
        }

        var result = await stepping.ConfigureAwait(false);
        if (result.Progress is not null)
        {
            await (await dispatcher.AskAsync(() => WhenSaved(result.Save)).ConfigureAwait(false)).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Deletes dead letters; returns when that is saved. False: the dispatcher is being stopped and nothing was done.</summary>
    public Task<bool> DeleteAsync(IReadOnlyList<ReplayItem> letters) => ChangeAsync(() => Delete(letters));

    /// <summary>Writes how far a replay has come.</summary>
    public Task<bool> EndReplayAsync(string replay, ReplayProgress progress) =>
        ChangeAsync(() => books.Changes.Add(new StateChange.Replayed(replay, progress)));

    /// <summary>Stops reading, for a skip.</summary>
    /// <returns>The read position, which stays where it is; null: the dispatcher is being stopped.</returns>
    public Task<long?> HoldReadingAsync() => dispatcher.AskAsync(() =>
    {
        HoldsReading = !_closed;
        return _closed ? (long?)null : books.Progress.ReadPosition;
    });

    public Task ResumeReadingAsync() => dispatcher.AskAsync(() => HoldsReading = false);

    /// <summary>Gives up what is unread below the range's end; returns when that is saved.</summary>
    public Task<bool> GiveUpAsync(GivenUpRange range) => ChangeAsync(() =>
    {
        intake.SkipTo(range.Before);
        if (range.Events > 0)
        {
            books.Changes.Add(new StateChange.GiveUp(range));
        }
    });

    // ---- inside the pump ----------------------------------------------------------------------------------------------------------

    /// <summary>The highest turn that the state store holds.</summary>
    public void Load(long lastTurn) => _steps.Turn = lastTurn;

    public void Advance() => _steps.Advance();

    public void Publish() => Volatile.Write(ref _replayed, books.Parked.ReplayedCount);

    public void OnSaved()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Save <= books.Changes.Saved)
            {
                _waiting[i].Saved.TrySetResult();
                _waiting.RemoveAt(i);
            }
        }
    }

    /// <summary>The dispatcher stops: nothing new is taken.</summary>
    public void Close()
    {
        _closed = true;
        _steps.Withdraw();
    }

    /// <summary>The dispatcher is gone: what is not saved by now, nobody tells.</summary>
    public void Abandon()
    {
        _abandoned = true;
        foreach (var (_, saved) in _waiting)
        {
            saved.TrySetCanceled();
        }

        _waiting.Clear();
    }

    private async Task<bool> ChangeAsync(Action change)
    {
        var saved = await dispatcher.AskAsync(() =>
        {
            if (_closed)
            {
                return null;
            }

            change();
            dispatcher.SaveSoon();
            return WhenSaved(books.Changes.Number);
        }).ConfigureAwait(false);
        if (saved is null)
        {
            return false;
        }

        await saved.ConfigureAwait(false);
        return true;
    }

    private Task WhenSaved(long save)
    {
        if (save <= books.Changes.Saved)
        {
            return Task.CompletedTask;
        }

        if (_abandoned)
        {
            return Task.FromCanceled(new CancellationToken(canceled: true));
        }

        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((save, saved));
        return saved.Task;
    }

    private void Delete(IReadOnlyList<ReplayItem> letters)
    {
        foreach (var letter in letters)
        {
            books.Changes.Add(new StateChange.DeleteLetter(letter.Position));
            books.DeadLetters--;
            if (letter.BlockedHead is not { } head || !books.Parked.IsBlocked(letter.Lane))
            {
                continue;
            }

            books.Changes.Add(new StateChange.Unpark(letter.Lane, head.Place));
            if (books.Parked.RemoveHead(letter.Lane, head.Turn > 0) == 0)
            {
                // As after any dead letter, the lane goes on when that is saved.
                books.Changes.Add(new StateChange.ClearDue(letter.Lane));
                dispatcher.HoldUntilSaved(letter.Lane, books.Changes.Number);
            }
            else
            {
                books.Schedule(letter.Lane, time.GetUtcNow());
            }
        }
    }
}
