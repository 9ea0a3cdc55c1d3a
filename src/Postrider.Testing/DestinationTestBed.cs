using Postrider.Configuration;
using Postrider.Destinations;
using Xunit;

namespace Postrider.Testing;

/// <summary>What the suites need to know of a destination, and the tools their tests share. Inherit a suite, not this.</summary>
public abstract class DestinationTestBed : IAsyncLifetime
{
    private readonly List<IDestination> _destinations = [];
    private readonly string _run = Guid.NewGuid().ToString("n")[..12];
    private ConformanceReceiver? _receiver;
    private long _position;

    /// <summary>The factory under test.</summary>
    protected abstract IDestinationFactory Factory { get; }

    /// <summary>Settings that cannot work, one for each rule of the factory. At least one.</summary>
    protected abstract IEnumerable<ImpossibleSettings> ImpossibleSettings { get; }

    /// <summary>True: the receiver recognises a repeat by its id and keeps one. Default false: it keeps both, with one id.</summary>
    protected virtual bool StoresEachEventOnce => false;

    /// <summary>The deadline of attempts that are left without an answer. Default 300 ms.</summary>
    protected virtual TimeSpan Deadline => TimeSpan.FromMilliseconds(300);

    /// <summary>How long the suite waits for what should happen at once, before it calls it a failure. Default 10 s.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(10);

    /// <summary>The receiver of this test.</summary>
    protected ConformanceReceiver Receiver => _receiver ?? throw new InvalidOperationException("The receiver has not been started.");

    /// <summary>The configuration that the factory gets: the defaults, and the receiver's settings.</summary>
    protected virtual DestinationConfig Config => new() { Name = "conformance", Type = Factory.Type, Settings = Receiver.Settings };

    /// <summary>Stands a receiver up, accepting.</summary>
    protected abstract ValueTask<ConformanceReceiver> StartReceiverAsync();

    /// <summary>Starts the receiver, before each test.</summary>
    public async ValueTask InitializeAsync() => _receiver = await StartReceiverAsync();

    /// <summary>Closes what the test opened.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }

        foreach (var destination in _destinations)
        {
            await destination.DisposeAsync().AsTask().WaitAsync(Patience);
        }
    }

    /// <summary>A new destination that delivers to the receiver; closed after the test.</summary>
    protected IDestination Create()
    {
        var destination = Factory.Create(Config);
        _destinations.Add(destination);
        return destination;
    }

    /// <summary>A new event. Its body has line breaks, quotes and letters beyond ASCII, and holds <see cref="MarkOf"/> it.</summary>
    protected SampleEvent NewEvent(string? key = "user-1")
    {
        var position = Interlocked.Increment(ref _position);
        var sample = new SampleEvent { Id = $"evt_{_run}-{position}", Position = position, Key = key };
        return sample with
        {
            Body = $$"""
                {
                  "userId": "{{key ?? "somebody"}}",
                  "payload": { "mark": "{{MarkOf(sample)}}", "number": 1.50, "text": "a \"quoted\" line\nand\tanother" }
                }
                """,
        };
    }

    /// <summary>A word that only this event's body has.</summary>
    protected static string MarkOf(SampleEvent sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return $"{sample.Id}-žluťoučký-送達";
    }

    /// <summary>Delivers one event; waits no longer than <see cref="Patience"/>.</summary>
    protected async Task<DeliveryResult> DeliverAsync(IDestination destination, SampleEvent sample, int attempt = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return Assert.Single(await DeliverBatchAsync(destination, [sample.ToAttempt(attempt)], cancellationToken));
    }

    /// <summary>Begins to deliver one event, on a thread of the pool.</summary>
    /// <returns>Ends when the call has returned its task: that task, which ends no later than <see cref="Patience"/>.</returns>
    protected async Task<Task> BeginAsync(IDestination destination, SampleEvent sample, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var attempt = sample.ToAttempt();

        // In an array, because Task.Run would wait for a task that is its result.
        var begin = Task.Run(() => new[] { destination.DeliverAsync([attempt], cancellationToken).AsTask() }, CancellationToken.None);
        if (await Task.WhenAny(begin, Task.Delay(Patience, CancellationToken.None)) != begin)
        {
            Assert.Fail($"DeliverAsync held its thread for {Patience} instead of returning a task.");
        }

        return (await begin)[0].WaitAsync(Patience, CancellationToken.None);
    }

    /// <summary>Delivers a batch as the server does: the list is emptied for its next use as soon as the call has ended.</summary>
    protected async Task<IReadOnlyList<DeliveryResult>> DeliverBatchAsync(
        IDestination destination, IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(batch);
        List<DeliveryAttempt> lent = [.. batch];
        try
        {
            // A call that blocks its thread has a test of its own; here it must not block the suite.
            var results = await Task.Run(async () => await destination.DeliverAsync(lent, cancellationToken), CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
            Assert.True(results.Count == batch.Count, $"{batch.Count} events came, {results.Count} results went: there must be one for each.");
            return results;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"DeliverAsync did not end within {Patience}.");
        }
        finally
        {
            lent.Clear();
        }
    }

    /// <summary>Delivers what must be delivered, and must have arrived by then.</summary>
    protected async Task DeliverToTheEndAsync(IDestination destination, SampleEvent sample, int attempt = 1)
    {
        var result = await DeliverAsync(destination, sample, attempt);
        Assert.True(result.Outcome == DeliveryOutcome.Delivered, $"The receiver takes everything, and yet the result is {result}.");
        await AssertArrivedAsync(sample);
    }

    /// <summary>The event has arrived, with its id and its content.</summary>
    protected async Task AssertArrivedAsync(SampleEvent sample)
    {
        var arrivals = await ReadAsync(sample);
        Assert.True(arrivals.Count > 0, $"{sample.Id} was answered as delivered, and has not arrived with its id and its content.");
    }

    /// <summary>The event has not arrived, neither by its id nor by its content.</summary>
    protected async Task AssertNotArrivedAsync(SampleEvent sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        Assert.DoesNotContain(await Receiver.ReadAsync(), arrival => arrival.EventId == sample.Id || arrival.Content.Contains(MarkOf(sample), StringComparison.Ordinal));
    }

    /// <summary>The arrivals of an event that have its id and its content.</summary>
    protected async Task<IReadOnlyList<ReceivedEvent>> ReadAsync(SampleEvent sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return [.. (await Receiver.ReadAsync()).Where(arrival => arrival.EventId == sample.Id && arrival.Content.Contains(MarkOf(sample), StringComparison.Ordinal))];
    }

    /// <summary>Of these events, the first arrivals of each key came in the order given.</summary>
    protected async Task AssertArrivedInOrderAsync(IEnumerable<SampleEvent> samples)
    {
        var arrived = (await Receiver.ReadAsync()).Select(arrival => arrival.EventId).Distinct().ToArray();
        foreach (var lane in samples.Where(sample => sample.Key is not null).GroupBy(sample => sample.Key))
        {
            var expected = lane.Select(sample => sample.Id!).ToArray();
            Assert.Equal(expected, arrived.Where(expected.Contains));
        }
    }

    /// <summary>A failure says what it was, in one line, and gives nothing away.</summary>
    protected void AssertDescribed(DeliveryResult failure, SampleEvent sample)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Assert.Matches("^[a-z0-9][a-z0-9_.-]*$", failure.ErrorClass ?? "");
        Assert.Matches(@"^[^\r\n]{1,500}$", failure.Reason ?? "");
        Assert.DoesNotContain(MarkOf(sample), failure.Reason, StringComparison.Ordinal);
        Assert.All(Receiver.Secrets, secret => Assert.DoesNotContain(secret, failure.Reason, StringComparison.Ordinal));
    }

    /// <summary>A call that its token ended: an <see cref="OperationCanceledException"/> came out of it, soon.</summary>
    protected static async Task AssertCancelledAsync(Task call, CancellationToken cause)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            await call;
        }
        catch (OperationCanceledException)
        {
            Assert.True(cause.IsCancellationRequested, "The call ended as cancelled although its own token was not.");
            return;
        }

        Assert.Fail("The call ended with results although nobody answered: the OperationCanceledException must escape.");
    }
}
