using System.Collections.Concurrent;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Events;

namespace Postrider.Tests.Delivery;

/// <summary>A destination that records what it gets and answers as it is told.</summary>
internal sealed class FakeDestination(int maxBatch = 1, TimeSpan batchWait = default, long maxBatchBytes = long.MaxValue) : IDestination
{
    private readonly ConcurrentQueue<DeliveryAttempt> _attempts = new();
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Decides the answer; the default delivers.</summary>
    public Func<DeliveryAttempt, CancellationToken, Task<DeliveryResult>> Answer { get; set; } = (_, _) => Task.FromResult(DeliveryResult.Delivered(200));

    public int MaxBatch => maxBatch;

    public TimeSpan BatchWait => batchWait;

    public long MaxBatchBytes => maxBatchBytes;

    /// <summary>How many events each call carried.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    public IReadOnlyCollection<DeliveryAttempt> Attempts => _attempts;

    /// <summary>Attempts in flight of one key at once, at the most: must stay 1.</summary>
    public int MostPerKey => Volatile.Read(ref _mostPerKey);

    public int InFlight => Volatile.Read(ref _inFlight);

    public int MostInFlight => Volatile.Read(ref _mostInFlight);

    private readonly ConcurrentDictionary<string, int> _perKey = new();
    private int _inFlight;
    private int _mostInFlight;
    private int _mostPerKey;
    private int _closed;

    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        var results = new List<DeliveryResult>();
        var failedKeys = new HashSet<string>();
        Batches.Enqueue(batch.Count);
        Raise(ref _mostInFlight, Interlocked.Increment(ref _inFlight));
        foreach (var key in batch.Select(attempt => KeyOf(attempt.Event)).Distinct())
        {
            Raise(ref _mostPerKey, _perKey.AddOrUpdate(key, 1, (_, count) => count + 1));
        }

        try
        {
            foreach (var attempt in batch)
            {
                if (failedKeys.Contains(KeyOf(attempt.Event)))
                {
                    results.Add(DeliveryResult.NotAttempted);
                    continue;
                }

                _attempts.Enqueue(attempt);
                var result = await Decide(attempt, cancellationToken).ConfigureAwait(false);
                results.Add(result);
                if (result?.Outcome != DeliveryOutcome.Delivered)
                {
                    failedKeys.Add(KeyOf(attempt.Event));
                }
            }

            return results;
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            foreach (var key in batch.Select(attempt => KeyOf(attempt.Event)).Distinct())
            {
                _perKey.AddOrUpdate(key, 0, (_, count) => count - 1);
            }
        }
    }

    /// <summary>An attempt has arrived when its answer is decided, or waits: so a test may tell the next attempts another answer.</summary>
    private Task<DeliveryResult> Decide(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return Answer(attempt, cancellationToken);
        }
        finally
        {
            _arrived.Release();
        }
    }

    /// <summary>Waits until so many more attempts have arrived.</summary>
    public async Task ArriveAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), $"Attempt {i + 1} of {count} did not come.");
        }
    }

    /// <summary>How often it was closed.</summary>
    public int Closed => Volatile.Read(ref _closed);

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _closed);
        return ValueTask.CompletedTask;
    }

    // Attempts end and begin on many threads at once: none may take another's maximum away.
    private static void Raise(ref int most, int now)
    {
        for (var known = Volatile.Read(ref most); now > known;)
        {
            known = Interlocked.CompareExchange(ref most, now, known) is var found && found == known ? now : found;
        }
    }

    private static string KeyOf(Event @event) => @event.Key ?? @event.Id;
}

/// <summary>Makes the fake destinations that a test prepared, by name.</summary>
internal sealed class FakeDestinationFactory(Func<string, IDestination> make) : IDestinationFactory
{
    public string Type => "fake";

    public Type SettingsType => typeof(object);

    public void Validate(object settings, ISettingsErrors errors)
    {
    }

    public IDestination Create(DestinationConfig config) => make(config.Name);
}
