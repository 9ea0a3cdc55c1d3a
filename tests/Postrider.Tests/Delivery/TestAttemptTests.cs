using System.Text;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>The attempt that an operator makes to see what a destination answers.</summary>
public sealed class TestAttemptTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Test_DestinationIsPaused_DeliversOneEventThatCountsNowhere()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", Cancellation);

        var test = await harness.Service.TestAsync("a", Encoding.UTF8.GetBytes("{\"x\":1}"), Cancellation);

        Assert.Equal(("delivered", 200, null), (test!.Outcome, test.Status, test.Reason));
        var sent = Assert.Single(destination.Attempts).Event;
        Assert.Equal((test.EventId, "{\"x\":1}"), (sent.Id, Encoding.UTF8.GetString(sent.Body.Span)));
        Assert.StartsWith("test_", sent.Id, StringComparison.Ordinal);
        Assert.True(await harness.StatusAsync("a") is { Delivered: 0, Lag: 0, State: DestinationState.Paused });
    }

    [Fact]
    public async Task Test_ReceiverFails_SaysHowAndLeavesNoTrace()
    {
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(DeliveryResult.Rejected("status", "401 Unauthorized", 401, Encoding.UTF8.GetBytes("who are you"))),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        var test = await harness.Service.TestAsync("a", null, Cancellation);

        Assert.Equal(("rejected", 401, "status", "401 Unauthorized", "who are you"), (test!.Outcome, test.Status, test.ErrorClass, test.Reason, test.Answer));
        Assert.True(await harness.StatusAsync("a") is { FailedAttempts: 0, DeadLetters: 0 });
    }

    [Fact]
    public async Task Test_ReceiverHangs_EndsAtTheTimeout()
    {
        var destination = new FakeDestination
        {
            Answer = async (_, stop) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return DeliveryResult.Delivered();
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Timeout = TimeSpan.FromMilliseconds(50) });

        var test = await harness.Service.TestAsync("a", null, Cancellation);

        Assert.Equal(("retry", "timeout"), (test!.Outcome, test.ErrorClass));
    }

    [Fact]
    public async Task Test_DestinationThrowsOrIsUnknown_SaysSo()
    {
        var destination = new FakeDestination { Answer = (_, _) => throw new InvalidOperationException("oh") };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        Assert.Equal("exception", (await harness.Service.TestAsync("a", null, Cancellation))!.ErrorClass);
        Assert.Null(await harness.Service.TestAsync("b", null, Cancellation));
    }

    [Fact]
    public async Task Test_DestinationEndsByACancellationOfItsOwnOrAnswersNothing_IsARetryAsInDelivery()
    {
        var destination = new FakeDestination { Answer = (_, _) => throw new TaskCanceledException("a timeout of its own") };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        Assert.Equal(("retry", "exception"), await OutcomeAsync());
        destination.Answer = (_, _) => Task.FromResult<DeliveryResult>(null!);
        Assert.Equal(("retry", "exception"), await OutcomeAsync());

        async Task<(string, string?)> OutcomeAsync() =>
            await harness.Service.TestAsync("a", null, Cancellation) is { } test ? (test.Outcome, test.ErrorClass) : ("", null);
    }

    [Fact]
    public async Task Test_CallerGivesUp_EndsSo()
    {
        using var caller = new CancellationTokenSource();
        var destination = new FakeDestination
        {
            Answer = async (_, stop) =>
            {
                await caller.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return DeliveryResult.Delivered();
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Service.TestAsync("a", null, caller.Token));
    }

    [Fact]
    public async Task Test_DestinationWasRemovedMeanwhile_IsUnknown()
    {
        var model = new DestinationModel(new DestinationConfig { Name = "a", Type = "fake", Settings = new object() }, new FakeDestination());
        var removed = new LiveDestination("a", 0, model, TimeProvider.System, () => 0.5);
        model.Leave();

        var test = await Task.Run(() => new TestAttempt(removed, TimeProvider.System).RunAsync(null, Cancellation), Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        Assert.Null(test);
    }

    [Fact]
    public async Task Disable_KeepsTheBacklogUntilResumed()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        Assert.True(await harness.Service.DisableAsync("a", "moving house", Cancellation));
        Assert.False(await harness.Service.DisableAsync("b", "moving house", Cancellation));
        await harness.PublishAsync("u1");
        var disabled = await harness.StatusAsync("a");
        await harness.Service.ResumeAsync("a", Cancellation);
        await destination.ArriveAsync(1);

        Assert.Equal((DestinationState.Disabled, "moving house", 1L), (disabled.State, disabled.Reason, disabled.Lag));
    }
}
