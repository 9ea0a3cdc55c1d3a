using System.Diagnostics;
using Postrider.Destinations;

namespace Postrider.Delivery;

/// <summary>One call to a destination, under way or done. Reused by its dispatcher once settled.</summary>
internal sealed class Attempt(Dispatcher dispatcher, TimeProvider time) : IThreadPoolWorkItem, IDisposable
{
    private CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>What is delivered, lane by lane, each lane's events in order.</summary>
    public List<LaneEvent> Events { get; } = [];

    /// <summary>The same as the destination sees it.</summary>
    public List<DeliveryAttempt> Batch { get; } = [];

    /// <summary>The parked lane it is a retry of; null: its events flow.</summary>
    public ActiveLane? Parked { get; set; }

    public bool IsProbe { get; set; }

    /// <summary>It holds a retry's slot.</summary>
    public bool HoldsRetrySlot { get; set; }

    public DestinationModel Model { get; set; } = null!;

    /// <summary>The next of those that are about to start.</summary>
    public Attempt? Next { get; set; }

    /// <summary>When it began, as a timestamp of the clock; 0: it has not yet.</summary>
    public long Began { get; private set; }

    public TimeSpan Duration { get; private set; }

    /// <summary>One for each event; null: <see cref="Failure"/> or <see cref="CutOff"/> says why.</summary>
    public IReadOnlyList<DeliveryResult>? Results { get; private set; }

    /// <summary>An exception that the destination should have made a result of.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Ended by the stop of the server, or because its partition is another's now: counts as no attempt.</summary>
    public bool CutOff { get; private set; }

    /// <summary>Its span; null: nobody listens, or it is not sampled.</summary>
    public Activity? Span { get; private set; }

    private bool Stopping { get; set; }

    /// <summary>Starts it, and those chained behind it: their beginnings take a few microseconds each, a hand-over to another thread far more.</summary>
    public void Execute()
    {
        for (var attempt = this; attempt is not null;)
        {
            // Once begun it may end and be used again before the call returns.
            var next = attempt.Next;
            attempt.Next = null;
            _ = attempt.RunAsync();
            attempt = next;
        }
    }

    /// <summary>Ends the attempt because the server stops.</summary>
    public void Cancel()
    {
        Stopping = true;
        _deadline.Cancel();
    }

    public void Reset()
    {
        Events.Clear();
        Batch.Clear();
        Parked = null;
        Began = 0;
        IsProbe = false;
        HoldsRetrySlot = false;
        Results = null;
        Failure = null;
        CutOff = false;
        Span = null;
        Model = null!;
        if (!_deadline.TryReset())
        {
            _deadline.Dispose();
            _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }
    }

    public void Dispose() => _deadline.Dispose();

    private async Task RunAsync()
    {
        Began = time.GetTimestamp();
        var atOnce = false;
        try
        {
            Span = AttemptSpan.Begin(Model, Batch, Parked is not null, time);
            if (!dispatcher.MayAttempt)
            {
                // The process may have stood still since the attempt was decided on, for longer than its lease.
                atOnce = true;
                Results = [.. Enumerable.Repeat(DeliveryResult.NotAttempted, Batch.Count)];
                return;
            }

            _deadline.CancelAfter(Model.Config.Timeout);
            var delivering = Model.Destination.DeliverAsync(Batch, _deadline.Token);
            atOnce = delivering.IsCompleted;
            Results = ResultReading.Check(await delivering.ConfigureAwait(false), Batch.Count);
            if (Stopping)
            {
                // What an end in mid-batch made fail was no attempt; what was delivered or rejected before it is.
                Results = [.. Results.Select(result => result.Outcome == DeliveryOutcome.Retry ? DeliveryResult.NotAttempted : result)];
            }
        }
        catch (OperationCanceledException) when (_deadline.IsCancellationRequested)
        {
            CutOff = Stopping;
            if (!CutOff)
            {
                Results = [.. Enumerable.Repeat(ResultReading.Late(Model.Config), Batch.Count)];
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A connection that the stop tore down may fail in any way: that counts as no attempt either.
            CutOff = Stopping;
            Failure = CutOff ? null : exception;
        }
        finally
        {
            Duration = time.GetElapsedTime(Began);
            try
            {
                if (Span is { } span)
                {
                    AttemptSpan.End(span, this);
                }
            }
            finally
            {
                // Whatever became of its telemetry: a lane that hears nothing waits for ever.
                dispatcher.OnFinished(this, atOnce);
            }
        }
    }
}
