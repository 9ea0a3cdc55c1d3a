namespace Postrider.Log;

/// <summary>Those who wait until a batch of events is stored. Filled under the append lock, then owned by the writer.</summary>
internal sealed class Hearings
{
    // So many clients hear of it one after the other on one thread: a hand-over to the thread pool costs more than an answer.
    private const int HearTogether = 16;

    private readonly List<TaskCompletionSource> _hearings = [];

    /// <summary>How many wait.</summary>
    public int Requests { get; private set; }

    /// <summary>For one who waits until the batch is durable. What follows must not block: others wait behind it.</summary>
    public Task Join()
    {
        if (Requests++ % HearTogether == 0)
        {
            _hearings.Add(new TaskCompletionSource());
        }

        return _hearings[^1].Task;
    }

    public void Complete()
    {
        foreach (var hearing in _hearings)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static hearing => hearing.SetResult(), hearing, preferLocal: false);
        }
    }

    public void Fail(Exception exception)
    {
        foreach (var hearing in _hearings)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static failed =>
                {
                    failed.Hearing.SetException(failed.Exception);

                    // A batch whose clients have all gone is nobody's unobserved failure.
                    _ = failed.Hearing.Task.Exception;
                },
                (Hearing: hearing, Exception: exception),
                preferLocal: false);
        }
    }
}
