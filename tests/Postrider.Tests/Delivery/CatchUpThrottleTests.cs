using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>A backlog yields to what is new (P4).</summary>
public sealed class CatchUpThrottleTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Limit_NobodyIsUpToDate_IsNone()
    {
        await using var throttle = new CatchUpThrottle(TimeProvider.System);
        var standing = new CatchUpStanding(throttle);

        standing.Take(reads: true, unread: CatchUpStanding.FarBehind);

        Assert.Equal(int.MaxValue, standing.Limit);
    }

    [Fact]
    public async Task Limit_OneBehindOneUpToDate_HoldsTheOneBehindAlone()
    {
        await using var throttle = new CatchUpThrottle(TimeProvider.System);
        var (behind, upToDate) = (new CatchUpStanding(throttle), new CatchUpStanding(throttle));

        upToDate.Take(reads: true, unread: 0);
        behind.Take(reads: true, unread: CatchUpStanding.FarBehind);

        Assert.InRange(behind.Limit, 1, 1024);
        Assert.Equal(int.MaxValue, upToDate.Limit);
    }

    [Fact]
    public async Task Limit_OnceCaughtUpOrPaused_IsNoneAgain()
    {
        await using var throttle = new CatchUpThrottle(TimeProvider.System);
        var (behind, upToDate) = (new CatchUpStanding(throttle), new CatchUpStanding(throttle));
        upToDate.Take(reads: true, unread: 0);
        behind.Take(reads: true, unread: CatchUpStanding.FarBehind);

        behind.Take(reads: true, unread: CatchUpStanding.FarBehind - 1);
        var caughtUp = behind.Limit;
        behind.Take(reads: true, unread: CatchUpStanding.FarBehind);
        upToDate.Take(reads: false, unread: 0);

        Assert.Equal(int.MaxValue, caughtUp);
        Assert.Equal(int.MaxValue, behind.Limit);
    }

    [Fact]
    public async Task Observe_DelaysShortThenLong_LimitGrowsThenShrinksAndNeverBelowOne()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var throttle = new CatchUpThrottle(time);
        var (behind, upToDate) = (new CatchUpStanding(throttle), new CatchUpStanding(throttle));
        upToDate.Take(reads: true, unread: 0);
        behind.Take(reads: true, unread: CatchUpStanding.FarBehind);

        for (var i = 0; i < 40; i++)
        {
            throttle.Observe(Short);
        }

        var grown = behind.Limit;
        for (var i = 0; i < 100; i++)
        {
            throttle.Observe(Long);
        }

        Assert.Equal(11, grown);
        Assert.Equal(1, behind.Limit);
    }

    [Fact]
    public void Floor_FollowsWhatThoseUpToDateBegin()
    {
        var throttle = new CatchUpThrottle(new FakeTimeProvider());
        var (behind, prompt) = (new CatchUpStanding(throttle), new CatchUpStanding(throttle));
        behind.Take(reads: true, unread: CatchUpStanding.FarBehind);
        prompt.Take(reads: true, unread: 0);

        throttle.BeginWindow();
        behind.Begin(1_000_000);
        Assert.True(behind.IsBelowFloor, "while those up to date begin nothing there is no limit");
        prompt.Begin(10);
        throttle.BeginWindow();
        behind.Begin(199);
        Assert.True(behind.IsBelowFloor);
        behind.Begin(1);
        Assert.False(behind.IsBelowFloor);
        prompt.Begin(500);
        throttle.BeginWindow();
        behind.Begin(999);
        Assert.True(behind.IsBelowFloor);
        behind.Begin(1);
        Assert.False(behind.IsBelowFloor);
        Assert.False(prompt.IsBelowFloor);
    }

    [Fact]
    public async Task Deliver_BacklogWithHangingUsers_TheOthersDrain()
    {
        const int hanging = CatchUpThrottle.Most + 1;
        var released = new TaskCompletionSource();
        var late = new FakeDestination
        {
            Answer = async (attempt, stop) =>
            {
                if (attempt.Event.Key!.StartsWith("slow", StringComparison.Ordinal))
                {
                    await released.Task.WaitAsync(stop);
                }

                return DeliveryResult.Delivered(200);
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["late"] = late, ["prompt"] = new FakeDestination() }, config => config with { Timeout = TimeSpan.FromMinutes(5), Concurrency = 2 * hanging });
        await harness.Service.PauseAsync("late", TestContext.Current.CancellationToken);
        const int events = (int)CatchUpStanding.FarBehind + (2 * hanging);
        for (var i = 0; i < events; i++)
        {
            await harness.PublishAsync(i < hanging ? $"slow{i}" : $"u{i}");
        }

        await harness.Service.ResumeAsync("late", TestContext.Current.CancellationToken);

        // More hang than the throttle ever lets a destination have in flight.
        await Eventually.TrueAsync("all others are delivered", async () => await harness.StatusAsync("late") is { Delivered: events - hanging });
        await Eventually.TrueAsync("all that hang do so at once", () => late.InFlight == hanging);
        released.SetResult();
        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("late") is { Lag: 0, Delivered: events });
    }

    [Fact]
    public async Task Deliver_BacklogBesideAnotherDestination_DrainsInOrder()
    {
        var (late, prompt) = (new FakeDestination(), new FakeDestination());
        await using var harness = await DeliveryHarness.StartAsync(new() { ["late"] = late, ["prompt"] = prompt });
        await harness.Service.PauseAsync("late", TestContext.Current.CancellationToken);
        const int events = (int)CatchUpStanding.FarBehind + 2000;
        for (var i = 0; i < events; i++)
        {
            await harness.PublishAsync($"u{i % 10}");
        }

        await harness.Service.ResumeAsync("late", TestContext.Current.CancellationToken);

        await Eventually.TrueAsync("the backlog is drained", async () => await harness.StatusAsync("late") is { Lag: 0, Delivered: events });
        foreach (var key in late.Attempts.GroupBy(attempt => attempt.Event.Key))
        {
            var order = key.Select(attempt => attempt.Event.Position).ToList();
            Assert.Equal(order.Order(), order);
        }
    }
}
