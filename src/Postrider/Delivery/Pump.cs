using System.Collections.Concurrent;

namespace Postrider.Delivery;

/// <summary>
/// Runs a dispatcher's work on one thread at a time. Others leave word, which never blocks and always fits: an attempt that ended, an action
/// to run inside, or a mere "look again". Idle, it costs nothing.
/// </summary>
internal sealed class Pump(Pump.IWork work) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Attempt> _finished = new();
    private readonly ConcurrentQueue<Action> _posted = new();
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

    private void Run()
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        Attempt? starting = null;
        do
        {
            try
            {
                Round(ref starting);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                work.Fail(exception);
            }
        }
        while (!_gate.TryLeave());

        Start(starting);
    }

    private void Round(ref Attempt? starting)
    {
        while (_finished.TryDequeue(out var attempt))
        {
            work.Settle(attempt);
        }

        while (_posted.TryDequeue(out var action))
        {
            action();
        }

        work.Advance(ref starting);
    }

    // The first runs on this thread, which has nothing else to do; the others on threads of their own.
    private static void Start(Attempt? first)
    {
        if (first is null)
        {
            return;
        }

        for (var other = first.Next; other is not null;)
        {
            var next = other.Next;
            other.Next = null;
            ThreadPool.UnsafeQueueUserWorkItem(other, preferLocal: false);
            other = next;
        }

        first.Next = null;
        first.Execute();
    }
}
