using System.Text;
using Postrider.Destinations;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Delivers to memory as the contract says, but for one flaw.</summary>
internal sealed class MemoryDestination(MemoryReceiver receiver, Flaw flaw) : IDestination
{
    private const int CutAt = 100_000;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _shared = new();
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DeliveryAttempt _last;
    private int _calls;
    private bool _disposed;

    public int MaxBatch => flaw switch { Flaw.TakesNoEvents => 0, Flaw.TakesSmallBatchesOnly => 3, _ => 10 };

    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        if (flaw == Flaw.HoldsItsThread)
        {
            receiver.Hanging.GetAwaiter().GetResult();
        }

        if (flaw != Flaw.StartsWhenCancelled)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        TakeTheReceiver();
        return flaw switch
        {
            Flaw.CancelsAllCalls => await CancellingAllAsync(batch, cancellationToken),
            Flaw.KeepsItsSlotWhenCancelled => await InOneSlotAsync(batch, cancellationToken),
            Flaw.AnswersBeforeArrival => AnswerAndDeliverLater(batch),
            _ => await DeliverInTimeAsync(batch, cancellationToken),
        };
    }

    public ValueTask DisposeAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed && flaw == Flaw.ThrowsAtTheSecondDispose, this);
        _disposed = true;
        if (receiver.Owner == this && flaw == Flaw.LocksTheReceiver)
        {
            receiver.Owner = null;
        }

        return ValueTask.CompletedTask;
    }

    private void TakeTheReceiver()
    {
        if (flaw is Flaw.LocksTheReceiver or Flaw.KeepsTheReceiverLocked && (receiver.Owner ??= this) != this)
        {
            throw new InvalidOperationException("Another instance has the receiver.");
        }
    }

    private async Task<IReadOnlyList<DeliveryResult>> CancellingAllAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(_shared.Cancel);
        await receiver.Hanging.WaitAsync(_shared.Token);
        return await DeliverInTimeAsync(batch, cancellationToken);
    }

    private async Task<IReadOnlyList<DeliveryResult>> InOneSlotAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        var results = await DeliverInTimeAsync(batch, cancellationToken);
        _one.Release();
        return results;
    }

    private DeliveryResult[] AnswerAndDeliverLater(IReadOnlyList<DeliveryAttempt> batch)
    {
        DeliveryAttempt[] later = [.. batch];
        _ = receiver.WasRead.ContinueWith(_ => Deliver(later), TaskScheduler.Default);
        return [.. batch.Select(_ => DeliveryResult.Delivered())];
    }

    private async Task<IReadOnlyList<DeliveryResult>> DeliverInTimeAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        if (flaw == Flaw.MixesUpCalls)
        {
            // The first call waits for the second, and both deliver the event that came last.
            _last = batch[0];
            if (Interlocked.Increment(ref _calls) == 1)
            {
                await _second.Task;
            }

            _second.TrySetResult();
            batch = [_last];
        }

        var hanging = receiver.Hanging;
        if (flaw == Flaw.LosesTheRestOfABatchAtItsDeadline && !hanging.IsCompleted && batch.Count > 1)
        {
            // The last one arrives ahead of the others, which the next call brings.
            receiver.Keep(batch[^1].Event.Id, TextOf(batch[^1]));
        }

        try
        {
            await (flaw == Flaw.IgnoresItsToken ? hanging : hanging.WaitAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (flaw == Flaw.MakesAResultOfItsDeadline)
        {
            return [.. batch.Select(_ => DeliveryResult.Retry("timeout", "took too long"))];
        }

        return Deliver(batch);
    }

    private List<DeliveryResult> Deliver(IReadOnlyList<DeliveryAttempt> batch)
    {
        List<DeliveryResult> results = [];
        if (flaw == Flaw.UndoesTheWholeBatch && batch.Any(attempt => receiver.Refuses(attempt.Event.Id)) && !receiver.Fails)
        {
            return [.. batch.Select(attempt => receiver.Refuses(attempt.Event.Id) ? DeliveryResult.Rejected("rule", "against a rule") : DeliveryResult.NotAttempted)];
        }

        var failed = new HashSet<string?>();
        foreach (var attempt in flaw == Flaw.ReordersBatches ? batch.Reverse() : batch)
        {
            var isHeldBack = failed.Contains(attempt.Event.Key) && flaw != Flaw.GoesOnBehindTheRefused;
            var result = isHeldBack && !(flaw == Flaw.RejectsBehindAFailure && receiver.Refuses(attempt.Event.Id)) ? DeliveryResult.NotAttempted : Deliver(attempt);
            results.Add(result);
            if (result.Outcome is not DeliveryOutcome.Delivered && attempt.Event.Key is { } key)
            {
                failed.Add(key);
            }

            if (flaw == Flaw.EndsABatchAtARepeat && batch.Count > 1 && result.Status == 1)
            {
                return [.. batch.Select(_ => DeliveryResult.Retry("duplicate", "has it already"))];
            }
        }

        return flaw == Flaw.ForgetsAResult && results.Count > 1 ? results[1..] : results;
    }

    private DeliveryResult Deliver(DeliveryAttempt attempt)
    {
        var item = attempt.Event;
        if (flaw == Flaw.NeedsAKey && item.Key is null)
        {
            return DeliveryResult.Rejected("key", "has no key");
        }

        if (receiver.Fails && !(flaw == Flaw.RejectsBehindAFailure && receiver.Refuses(item.Id)))
        {
            return Failed(attempt);
        }

        if (receiver.Refuses(item.Id))
        {
            return flaw == Flaw.RetriesTheRefused ? DeliveryResult.Retry("rule", "against a rule") : DeliveryResult.Rejected("rule", "against a rule");
        }

        var isRepeat = receiver.Has(item.Id);
        receiver.Keep(flaw is Flaw.MakesAnIdForEachAttempt ? $"{item.Id}-{attempt.Attempt}" : item.Id, TextOf(attempt));
        return DeliveryResult.Delivered(isRepeat ? 1 : null);
    }

    private DeliveryResult Failed(DeliveryAttempt attempt) => flaw switch
    {
        Flaw.SaysDeliveredWhenItFailed => DeliveryResult.Delivered(),
        Flaw.ThrowsWhenItFailed => throw new InvalidOperationException("The receiver is down."),
        Flaw.RejectsWhatMayBeRetried => DeliveryResult.Rejected("down", "the receiver is down"),
        Flaw.GivesNoErrorClass => DeliveryResult.Retry("", "the receiver is down"),
        Flaw.GivesNoReason => DeliveryResult.Retry("down", ""),
        Flaw.PrintsTheBody => DeliveryResult.Retry("down", TextOf(attempt).ReplaceLineEndings(" ")),
        Flaw.PrintsItsSecret => DeliveryResult.Retry("down", $"the login with {MemoryReceiver.Secret} failed"),
        _ => DeliveryResult.Retry("down", "the receiver is down"),
    };

    private string TextOf(DeliveryAttempt attempt)
    {
        var body = attempt.Event.Body.Span;
        var text = flaw == Flaw.SendsLatin1 ? Encoding.Latin1.GetString(body) : Encoding.UTF8.GetString(body);
        return flaw == Flaw.CutsLargeBodies && text.Length > CutAt ? text[..CutAt] : text;
    }
}
