namespace Postrider.Delivery;

/// <summary>Does something again and again, from its beginning until it is disposed. A round that fails is told of and ends nothing.</summary>
internal sealed class Rounds : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    private Rounds(TimeSpan period, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time) =>
        _loop = RunAsync(period, round, failed, time, _stopping.Token);

    /// <summary>Begins; the first round comes when the period is over.</summary>
    public static Rounds Begin(TimeSpan period, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time) =>
        new(period, round, failed, time);

    /// <summary>Ends, the round that is under way first.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static async Task RunAsync(TimeSpan period, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                try
                {
                    await round(stopping).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException && !stopping.IsCancellationRequested)
                {
                    failed(exception);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }
}
