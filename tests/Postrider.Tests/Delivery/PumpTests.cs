using Postrider.Delivery;

namespace Postrider.Tests.Delivery;

/// <summary>One thread at a time, and no word lost.</summary>
public sealed class PumpTests
{
    [Fact]
    public async Task Post_FromManyThreads_EachRunsOnceAndNeverTwoAtATime()
    {
        var work = new Work();
        var pump = new Pump(work);
        var inside = 0;
        var ran = 0;
        var overlapped = false;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var answered = pump.AskAsync(() =>
                {
                    overlapped |= Interlocked.Increment(ref inside) != 1;
                    ran++;
                    Interlocked.Decrement(ref inside);
                    return true;
                });
                await answered.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            }
        })));

        Assert.Equal((20_000, false), (ran, overlapped));
    }

    [Fact]
    public async Task Post_OneThrows_ThoseBehindItRunAllTheSame()
    {
        var work = new Work();
        var pump = new Pump(work);
        var gate = new ManualResetEventSlim();
        pump.Post(gate.Wait);
        pump.Post(() => throw new InvalidOperationException("broken"));
        var behind = pump.AskAsync(() => 42);
        gate.Set();

        Assert.Equal(42, await behind.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Equal("broken", Assert.Single(work.Failures).Message);
    }

    [Fact]
    public void PostHere_LooksAgainOnlyWhereItGoesOn()
    {
        var work = new Work();
        var pump = new Pump(work);

        pump.PostHere(() => false);
        Assert.Equal(0, work.Looks);

        pump.PostHere(() => true);
        Assert.Equal(1, work.Looks);

        pump.PostHere(() => throw new InvalidOperationException("broken"));
        Assert.Equal(("broken", 2), (Assert.Single(work.Failures).Message, work.Looks));
    }

    [Fact]
    public async Task PostHere_WordIsLeftMeanwhile_ItIsAnswered()
    {
        var work = new Work();
        var pump = new Pump(work);
        var (isInside, gate) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        var inside = Task.Run(() => pump.PostHere(() =>
        {
            isInside.Set();
            gate.Wait();
            return false;
        }), TestContext.Current.CancellationToken);
        isInside.Wait(TestContext.Current.CancellationToken);
        pump.Wake();
        var asked = pump.AskAsync(() => 42);
        gate.Set();

        await inside;
        Assert.Equal(42, await asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        await Eventually.TrueAsync("it looked again", () => work.Looks > 0);
    }

    private sealed class Work : Pump.IWork
    {
        private int _looks;

        public List<Exception> Failures { get; } = [];

        public int Looks => Volatile.Read(ref _looks);

        public void Settle(Attempt attempt)
        {
        }

        public void Advance(ref Attempt? starting) => Interlocked.Increment(ref _looks);

        public void Fail(Exception exception) => Failures.Add(exception);
    }
}
