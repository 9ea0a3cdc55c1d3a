using System.Collections.Concurrent;

namespace Postrider.Delivery;

/// <summary>
/// Runs a dispatcher's work on one thread at a time. Others leave word, which never blocks and always fits: an attempt that ended, an action
/// to run inside, or a mere "look again". Idle, it costs nothing.
/// </summary>
internal sealed class Pump(Pump.IWork work) : IThreadPoolWorkItem
{
    // At some 10 µs each no attempt waits long for the others', and a burst still spreads over the machine.
    private const int BeginTogether = 8;

    private readonly ConcurrentQueue<Attempt> _finished = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly ConcurrentQueue<Func<bool>> _asides = new();
    private PumpGate _gate;
    private int _queued;

    /// <summary>What a pump runs.</summary>
    internal interface IWork
    {
        void Settle(Attempt attempt);

        /// <summary>Does all that can be done now; attempts to start are chained to <paramref name="starting"/>.</summary>
        void Advance(ref Attempt? starting);

        void Fail(Exception exception);
    }

    /// <summary>Looks again, on another thread, soon. Costs nothing when it is about to anyway.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _queued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Runs an action inside.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake();
    }

    /// <summary>Runs an action inside, on this thread where the pump stands still: for one who goes through many pumps in turn, to whom each
    /// hand-over to another thread would cost more than the action. The pump looks again only where the action says that it may go on now.</summary>
    public void PostHere(Func<bool> action)
    {
        _asides.Enqueue(action);

        // Not the attempts: a destination that takes its time to begin one must not keep the others' pumps waiting.
        Run(startsHere: false, looks: false);
    }

    /// <summary>Asks something inside.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                answer.SetException(exception);
                throw;
            }
        });
        return answer.Task;
    }

    /// <summary>An attempt has ended. The thread that brings the news goes on as the pump, which saves a hand-over for every event;
    /// not where the attempt ended within the call that began it, lest calls nest without end.</summary>
    public void OnFinished(Attempt attempt, bool atOnce)
    {
        _finished.Enqueue(attempt);
        if (atOnce)
        {
            Wake();
        }
        else
        {
            Run();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // A full fence: whatever was left as word before this is seen by the round that follows.
        Interlocked.Exchange(ref _queued, 0);
        Run();
    }

    private void Run(bool startsHere = true, bool looks = true)
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        Attempt? starting = null;
        Round(looks, ref starting);
        while (!_gate.TryLeave())
        {
            // Others keep leaving word: what was decided to start must not wait for them to fall silent. And nobody says what word it was.
            StartElsewhere(starting);
            starting = null;
            Round(looks: true, ref starting);
        }

        if (startsHere)
        {
            Start(starting);
        }
        else
        {
            StartElsewhere(starting);
        }
    }

    private void Round(bool looks, ref Attempt? starting)
    {
        while (_finished.TryDequeue(out var attempt))
        {
            Settle(attempt);
            looks = true;
        }

        while (_posted.TryDequeue(out var action))
        {
            RunPosted(action);
            looks = true;
        }

        while (_asides.TryDequeue(out var aside))
        {
            looks |= RunAside(aside);
        }

        if (!looks)
        {
            return;
        }

        try
        {
            work.Advance(ref starting);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            work.Fail(exception);
        }
    }

    // One that fails must not keep those behind it waiting for the next wake-up.
    private void Settle(Attempt attempt)
    {
        try
        {
            work.Settle(attempt);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            work.Fail(exception);
        }
    }

    private void RunPosted(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            work.Fail(exception);
        }
    }

    private bool RunAside(Func<bool> aside)
    {
        try
        {
            return aside();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            work.Fail(exception);
            return true;
        }
    }

    // The first few begin on this thread, which has nothing else to do; the others, a few at a time, on threads of their own.
    private static void Start(Attempt? first)
    {
        if (first is not null)
        {
            StartElsewhere(CutOff(first));
            first.Execute();
        }
    }

    private static void StartElsewhere(Attempt? first)
    {
        while (first is not null)
        {
            var rest = CutOff(first);
            ThreadPool.UnsafeQueueUserWorkItem(first, preferLocal: false);
            first = rest;
        }
    }

    // Leaves so many in the chain as begin together, and hands out the rest.
    private static Attempt? CutOff(Attempt first)
    {
        var last = first;
        for (var i = 1; i < BeginTogether && last.Next is { } next; i++)
        {
            last = next;
        }

        var rest = last.Next;
        last.Next = null;
        return rest;
    }
}
