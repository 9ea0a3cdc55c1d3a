using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class BatchLimitsTests
{
    private static readonly DeliveryAttempt Ten = Attempts.Of("\"12345678\"");

    private readonly BatchLimits _limits = new(new BatchSize(40, 1000));

    [Fact]
    public void Refuse_NothingWasTaken_IsHalf()
    {
        _limits.Refuse(new BatchSize(40, 900), null);

        Assert.Equal((20, 450L), (_limits.MaxEvents, _limits.MaxBytes));
    }

    [Fact]
    public void Refuse_SeveralOfTheSameSizeInFlight_LowersOnce()
    {
        _limits.Refuse(new BatchSize(40, 900), new BatchSize(20, 450));
        _limits.Refuse(new BatchSize(40, 900), new BatchSize(10, 225));
        _limits.Refuse(new BatchSize(40, 900), null);

        Assert.Equal((20, 450L), (_limits.MaxEvents, _limits.MaxBytes));
    }

    [Fact]
    public void Refuse_OneAndNothing_IsNeverBelowOne()
    {
        _limits.Refuse(new BatchSize(2, 1), new BatchSize(1, 0));

        Assert.Equal((1, 1L), (_limits.MaxEvents, _limits.MaxBytes));
    }

    [Fact]
    public void Accept_SmallBatches_TellNothing()
    {
        _limits.Refuse(new BatchSize(40, 900), new BatchSize(20, 450));

        Accept(3, times: 10_000);

        Assert.Equal(20, _limits.MaxEvents);
    }

    [Fact]
    public void Refuse_AfterGrowing_ReturnsToWhatWasTakenAndTriesLessOften()
    {
        _limits.Refuse(new BatchSize(40, 900), new BatchSize(20, 450));
        var tries = new List<int>();
        for (var round = 0; round < 4; round++)
        {
            var batches = 0;
            for (; _limits.MaxEvents == 20; batches++)
            {
                Accept(20, times: 1);
            }

            tries.Add(batches);
            Assert.Equal(22, _limits.MaxEvents);
            _limits.Refuse(new BatchSize(22, 220), new BatchSize(11, 110));
            Assert.Equal((20, 450L), (_limits.MaxEvents, _limits.MaxBytes));
        }

        Assert.Equal([16, 32, 64, 128], tries);
    }

    private void Accept(int events, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _limits.Accept([.. Enumerable.Repeat(Ten, events)]);
        }
    }
}
