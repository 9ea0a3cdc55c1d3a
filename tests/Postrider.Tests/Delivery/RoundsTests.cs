using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

public sealed class RoundsTests
{
    [Fact]
    public async Task Begin_ARoundFails_IsToldOfAndTheNextComesAllTheSame()
    {
        var time = new FakeTimeProvider();
        var failures = new ConcurrentQueue<Exception>();
        var count = 0;
        await using var rounds = Rounds.Begin(
            TimeSpan.FromSeconds(1),
            _ => Interlocked.Increment(ref count) == 1 ? throw new InvalidOperationException("broken") : Task.CompletedTask,
            failures.Enqueue,
            time);

        await Eventually.TrueAsync("it goes on", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Volatile.Read(ref count) >= 3;
        });

        Assert.Equal("broken", Assert.Single(failures).Message);
    }

    [Fact]
    public async Task DisposeAsync_ARoundIsUnderWay_IsCutOffAndWaitedFor()
    {
        var time = new FakeTimeProvider();
        var (began, ended) = (new TaskCompletionSource(), false);
        var rounds = Rounds.Begin(
            TimeSpan.FromSeconds(1),
            async stop =>
            {
                began.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended = true;
            },
            _ => { },
            time);
        await Eventually.TrueAsync("it has begun", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return began.Task.IsCompleted;
        });

        await rounds.DisposeAsync();

        Assert.True(ended);
    }
}
