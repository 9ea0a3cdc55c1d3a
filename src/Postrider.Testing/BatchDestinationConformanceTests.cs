using Postrider.Destinations;
using Xunit;

namespace Postrider.Testing;

/// <summary>What every destination that takes batches must do, beside what every destination must.</summary>
public abstract class BatchDestinationConformanceTests : DestinationConformanceTests
{
    // Enough for several round trips of a driver, little enough for a quick test.
    private const int LargestTried = 500;

    /// <summary>It takes batches, and of a size that a mixed one fits in.</summary>
    [Fact]
    public void MaxBatch_IsFourOrMore() => Assert.InRange(Create().MaxBatch, 4, int.MaxValue);

    /// <summary>A full batch of several keys arrives whole, each key's events in order.</summary>
    [Fact]
    public async Task Batch_OfSeveralKeys_ArrivesInOrder()
    {
        var destination = Create();
        var samples = Enumerable.Range(0, Math.Min(destination.MaxBatch, LargestTried))
            .Select(number => NewEvent(number % 4 == 3 ? null : $"user-{number % 4}"))
            .ToArray();

        var results = await DeliverAllAsync(destination, samples);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        await AssertArrivedAsync(samples);
        await AssertArrivedInOrderAsync(samples);
    }

    /// <summary>
    /// A refused event in the middle: what stands before it is delivered, what stands behind it of its key is not attempted, and the results
    /// are true. What is left arrives with the next call.
    /// </summary>
    [Fact]
    public async Task Batch_WithARefusedEvent_HoldsItsKeyBack()
    {
        var destination = Create();
        SampleEvent[] samples = [NewEvent("user-1"), await Receiver.RefuseAsync(NewEvent("user-1")), NewEvent("user-1"), NewEvent("user-2")];

        var results = await DeliverAllAsync(destination, samples);

        Assert.Equal(
            [DeliveryOutcome.Delivered, DeliveryOutcome.Rejected, DeliveryOutcome.NotAttempted],
            results.Take(3).Select(result => result.Outcome));
        Assert.True(
            results[3].Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.NotAttempted,
            $"An event of another key is delivered or not attempted, never {results[3].Outcome}.");
        AssertDescribed(results[1], samples[1]);
        await AssertArrivedAsync(samples.Where((_, index) => results[index].Outcome == DeliveryOutcome.Delivered));
        foreach (var sample in samples.Where((_, index) => results[index].Outcome != DeliveryOutcome.Delivered))
        {
            await AssertNotArrivedAsync(sample);
        }

        SampleEvent[] left = [.. samples.Where((_, index) => results[index].Outcome == DeliveryOutcome.NotAttempted)];
        Assert.All(await DeliverAllAsync(destination, left), result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        await AssertArrivedAsync(left);
    }

    /// <summary>An event is not rejected while an earlier one of its key waits for a retry: its dead letter would overtake that one.</summary>
    [Fact]
    public async Task FailingReceiver_Batch_IsRetried_AndNothingIsRejected()
    {
        SampleEvent[] samples = [NewEvent("user-1"), await Receiver.RefuseAsync(NewEvent("user-1")), NewEvent("user-2")];
        await Receiver.FailAsync();
        var destination = Create();

        var results = await DeliverAllAsync(destination, samples);

        Assert.Equal(DeliveryOutcome.Retry, results[0].Outcome);
        Assert.All(results, result => Assert.True(
            result.Outcome is DeliveryOutcome.Retry or DeliveryOutcome.NotAttempted,
            $"Nothing arrived and nothing may overtake: an event is a retry or not attempted, never {result.Outcome}."));
        AssertDescribed(results[0], samples[0]);
        await Receiver.AcceptAsync();
        await DeliverToTheEndAsync(destination, samples[0], attempt: 2);
        await DeliverToTheEndAsync(destination, samples[2], attempt: 2);
    }

    /// <summary>The deadline ends a batch that nobody answers. The same batch again arrives in order, whatever the first call left.</summary>
    [Fact]
    public async Task HangingReceiver_BatchDeadline_EndsTheCall()
    {
        var destination = Create();
        SampleEvent[] samples = [NewEvent("user-1"), NewEvent("user-2"), NewEvent("user-1"), NewEvent("user-2")];
        await Receiver.HangAsync();
        using var deadline = new CancellationTokenSource(Deadline);

        await AssertCancelledAsync(DeliverAllAsync(destination, samples, deadline.Token), deadline.Token);

        await Receiver.AcceptAsync();
        Assert.All(await DeliverAllAsync(destination, samples), result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        await AssertArrivedAsync(samples);
        await AssertArrivedInOrderAsync(samples);
    }

    /// <summary>A batch that comes again, as after an answer that was lost, is delivered again with the same ids.</summary>
    [Fact]
    public async Task RepeatedBatch_KeepsItsIds()
    {
        var destination = Create();
        SampleEvent[] samples = [NewEvent("user-1"), NewEvent("user-1"), NewEvent("user-2")];
        await DeliverAllAsync(destination, samples[..2]);

        // The first two are repeats, the third is new: a repeat must not end the batch.
        var results = await DeliverAllAsync(destination, samples);

        Assert.All(results, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
        await AssertArrivedAsync(samples);
        await AssertArrivedInOrderAsync(samples);
        if (StoresEachEventOnce)
        {
            Assert.Equal(samples.Length, (await Receiver.ReadAsync()).Count);
        }
    }

    private Task<IReadOnlyList<DeliveryResult>> DeliverAllAsync(IDestination destination, IEnumerable<SampleEvent> samples, CancellationToken cancellationToken = default) =>
        DeliverBatchAsync(destination, [.. samples.Select(sample => sample.ToAttempt())], cancellationToken);

    private async Task AssertArrivedAsync(IEnumerable<SampleEvent> samples)
    {
        foreach (var sample in samples)
        {
            await AssertArrivedAsync(sample);
        }
    }
}
