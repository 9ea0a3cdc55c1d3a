using Postrider.Configuration;
using Postrider.Destinations;
using Xunit;

namespace Postrider.Testing;

/// <summary>
/// What every destination must do. Inherit it in a test project of yours, give it the factory and a receiver, and run the tests with any
/// xunit.v3 runner. A destination that takes batches inherits <see cref="BatchDestinationConformanceTests"/>, which has these and more.
/// </summary>
public abstract class DestinationConformanceTests : DestinationTestBed
{
    // Long enough for two reads of any network buffer, and within what every receiver takes.
    private const int LargeBodyBytes = 200_000;
    private const int ConcurrentKeys = 16;
    private const int EventsOfEachKey = 4;

    /// <summary>What was answered as delivered is at the receiver, with its id and its content.</summary>
    [Fact]
    public async Task Delivered_Event_HasArrived() => await DeliverToTheEndAsync(Create(), NewEvent());

    /// <summary>An event may have no key, no type and no trace.</summary>
    [Fact]
    public async Task Delivered_EventWithoutKey_HasArrived() => await DeliverToTheEndAsync(Create(), NewEvent(key: null));

    /// <summary>A body larger than any buffer arrives to its last byte.</summary>
    [Fact]
    public async Task Delivered_LargeEvent_HasArrivedWhole()
    {
        var large = NewEvent();
        large = large with { Body = $$"""{ "userId": "user-1", "payload": { "filling": "{{new string('x', LargeBodyBytes)}}", "mark": "{{MarkOf(large)}}" } }""" };

        await DeliverToTheEndAsync(Create(), large);
    }

    /// <summary>A receiver that fails is a retry: a result with a word and a reason, nothing thrown. The same instance delivers once it is back.</summary>
    [Fact]
    public async Task FailingReceiver_Event_IsRetriedUntilItArrives()
    {
        await Receiver.FailAsync();
        var destination = Create();
        var sample = NewEvent();

        var failed = await DeliverAsync(destination, sample);

        Assert.Equal(DeliveryOutcome.Retry, failed.Outcome);
        AssertDescribed(failed, sample);
        await Receiver.AcceptAsync();
        await AssertNotArrivedAsync(sample);
        await DeliverToTheEndAsync(destination, sample, attempt: 2);
    }

    /// <summary>An event that will never be taken is rejected, with a word and a reason, and the next one is delivered.</summary>
    [Fact]
    public async Task RefusedEvent_IsRejected_AndTheNextArrives()
    {
        var destination = Create();
        var refused = await Receiver.RefuseAsync(NewEvent());

        var result = await DeliverAsync(destination, refused);

        Assert.Equal(DeliveryOutcome.Rejected, result.Outcome);
        AssertDescribed(result, refused);
        await AssertNotArrivedAsync(refused);
        await DeliverToTheEndAsync(destination, NewEvent());
    }

    /// <summary>The deadline ends an attempt that nobody answers, soon and by the exception; the instance is as good as before.</summary>
    [Fact]
    public async Task HangingReceiver_Deadline_EndsTheCall()
    {
        var destination = Create();
        var sample = NewEvent();
        await Receiver.HangAsync();
        using var deadline = new CancellationTokenSource(Deadline);

        await AssertCancelledAsync(DeliverAsync(destination, sample, cancellationToken: deadline.Token), deadline.Token);

        await Receiver.AcceptAsync();
        await DeliverToTheEndAsync(destination, sample, attempt: 2);
    }

    /// <summary>A token ends its own call and no other.</summary>
    [Fact]
    public async Task HangingReceiver_OneCallCancelled_TheOtherWaitsOn()
    {
        var destination = Create();
        await Receiver.HangAsync();
        using var one = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        var first = await BeginAsync(destination, NewEvent("user-1"), one.Token);
        var second = await BeginAsync(destination, NewEvent("user-2"), other.Token);

        await one.CancelAsync();
        await AssertCancelledAsync(first, one.Token);

        // Nothing signals that a call does not end: it is watched for as long as a deadline lasts.
        var ended = await Task.WhenAny(second, Task.Delay(Deadline, CancellationToken.None));
        Assert.True(ended != second, "A call ended because another one was cancelled.");
        await other.CancelAsync();
        await AssertCancelledAsync(second, other.Token);
    }

    /// <summary>A call that is cancelled before it began does nothing.</summary>
    [Fact]
    public async Task CancelledToken_Call_DoesNothing()
    {
        var destination = Create();
        var sample = NewEvent();
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        await AssertCancelledAsync(DeliverAsync(destination, sample, cancellationToken: stopped.Token), stopped.Token);

        await AssertNotArrivedAsync(sample);
    }

    /// <summary>The call returns its task at once: attempts of other destinations begin on the same thread.</summary>
    [Fact]
    public async Task HangingReceiver_Call_DoesNotHoldItsThread()
    {
        var destination = Create();
        await Receiver.HangAsync();
        using var deadline = new CancellationTokenSource();

        try
        {
            var call = await BeginAsync(destination, NewEvent(), deadline.Token);
            await deadline.CancelAsync();
            await AssertCancelledAsync(call, deadline.Token);
        }
        finally
        {
            await Receiver.AcceptAsync();
        }
    }

    /// <summary>A repeat, here by the instance after a restart, is delivered too and carries the same id.</summary>
    [Fact]
    public async Task RepeatedEvent_KeepsItsId()
    {
        var sample = NewEvent();
        await DeliverToTheEndAsync(Create(), sample);
        await DeliverToTheEndAsync(Create(), sample, attempt: 2);

        var copies = (await Receiver.ReadAsync()).Where(arrival => arrival.Content.Contains(MarkOf(sample), StringComparison.Ordinal)).ToArray();

        Assert.All(copies, copy => Assert.Equal(sample.Id, copy.EventId));
        Assert.True(copies.Length == 1 || !StoresEachEventOnce, $"The receiver keeps {copies.Length} copies of one event.");
    }

    /// <summary>Calls for different keys come at once; each event arrives as itself, and each key's in order.</summary>
    [Fact]
    public async Task ConcurrentCalls_OfDifferentKeys_AllArrive()
    {
        var destination = Create();
        var lanes = Enumerable.Range(0, ConcurrentKeys)
            .Select(key => Enumerable.Range(0, EventsOfEachKey).Select(_ => NewEvent($"user-{key}")).ToArray())
            .ToArray();

        await Task.WhenAll(lanes.Select(lane => Task.Run(async () =>
        {
            foreach (var sample in lane)
            {
                var result = await DeliverAsync(destination, sample);
                Assert.True(result.Outcome == DeliveryOutcome.Delivered, $"The receiver takes everything, and yet the result is {result}.");
            }
        })));

        Assert.All(await Task.WhenAll(lanes.SelectMany(lane => lane).Select(ReadAsync)), arrivals => Assert.NotEmpty(arrivals));
        await AssertArrivedInOrderAsync(lanes.SelectMany(lane => lane));
    }

    /// <summary>A reload makes the next instance before the last one has ended.</summary>
    [Fact]
    public async Task TwoInstances_AtOnce_BothDeliver()
    {
        var before = Create();
        await DeliverToTheEndAsync(before, NewEvent());

        await DeliverToTheEndAsync(Create(), NewEvent());
        await DeliverToTheEndAsync(before, NewEvent());
    }

    /// <summary>Disposal ends soon, frees what the instance held, and may come twice, or without a call before.</summary>
    [Fact]
    public async Task Dispose_FreesWhatWasHeld()
    {
        var used = Factory.Create(Config);
        await DeliverToTheEndAsync(used, NewEvent());
        var unused = Factory.Create(Config);

        await used.DisposeAsync().AsTask().WaitAsync(Patience, CancellationToken.None);
        await used.DisposeAsync().AsTask().WaitAsync(Patience, CancellationToken.None);
        await unused.DisposeAsync().AsTask().WaitAsync(Patience, CancellationToken.None);

        await DeliverToTheEndAsync(Create(), NewEvent());
    }

    /// <summary>The limits of a batch make sense, and a destination that takes batches is tested for them.</summary>
    [Fact]
    public void Batch_Limits_MakeSense()
    {
        var destination = Create();

        Assert.True(destination.MaxBatch >= 1, "MaxBatch must be 1 or more.");
        Assert.True(destination.MaxBatchBytes >= 1, "MaxBatchBytes must be 1 or more.");
        Assert.True(destination.BatchWait >= TimeSpan.Zero, "BatchWait must not be negative.");
        Assert.True(
            destination.MaxBatch == 1 || this is BatchDestinationConformanceTests,
            $"It takes {destination.MaxBatch} events at once: inherit {nameof(BatchDestinationConformanceTests)}.");
    }

    /// <summary>The configuration reader can bind the settings type, and the type has a name.</summary>
    [Fact]
    public void SettingsType_CanBeBound()
    {
        Assert.Matches("^[a-z][a-z0-9-]*$", Factory.Type);
        Assert.IsType(Factory.SettingsType, Receiver.Settings);
        _ = new YamlConfigReader([Factory]);
    }

    /// <summary>The settings that the receiver gives are right.</summary>
    [Fact]
    public void Settings_ThatWork_HaveNoErrors() => Assert.Empty(ErrorsOf(Receiver.Settings));

    /// <summary>Each setting that cannot work is reported under its own name, without giving a secret away.</summary>
    [Fact]
    public void Settings_ThatCannotWork_AreNamed()
    {
        Assert.NotEmpty(ImpossibleSettings);
        Assert.All(ImpossibleSettings, impossible =>
        {
            var errors = ErrorsOf(impossible.Settings);
            Assert.Contains(impossible.Member, errors.Select(error => error.Member));
            Assert.All(errors, error => Assert.False(string.IsNullOrWhiteSpace(error.Message), $"{error.Member} has no message."));
            Assert.All(Receiver.Secrets, secret => Assert.All(errors, error => Assert.DoesNotContain(secret, error.Message, StringComparison.Ordinal)));
        });
    }

    /// <summary>Settings that get into a log by accident show no secret. A record prints all its members unless told otherwise.</summary>
    [Fact]
    public void Settings_Printed_ShowNoSecret()
    {
        var printed = $"{Receiver.Settings} {Config}";

        Assert.All(Receiver.Secrets, secret => Assert.DoesNotContain(secret, printed, StringComparison.Ordinal));
    }

    private List<(string Member, string Message)> ErrorsOf(object settings)
    {
        var errors = new CollectedErrors();
        Factory.Validate(settings, errors);
        return errors.All;
    }

    private sealed class CollectedErrors : ISettingsErrors
    {
        public List<(string Member, string Message)> All { get; } = [];

        public void Add(string member, string message) => All.Add((member, message));
    }
}
