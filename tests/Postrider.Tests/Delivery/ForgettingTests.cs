using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>Destinations that left the configuration are kept for a while, then forgotten; those that come back are not.</summary>
public sealed class ForgettingTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly MemoryLog _log = new();
    private readonly List<string> _listed = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_GoneForLong_IsForgotten_NotBefore()
    {
        await RegisterAsync();
        var forgetting = Make();

        _time.Advance(TimeSpan.FromHours(23));
        await forgetting.CheckAsync(Cancellation);
        Assert.Single(await _log.Store.LoadDestinationsAsync(Cancellation));
        _time.Advance(TimeSpan.FromHours(2));
        await forgetting.CheckAsync(Cancellation);

        Assert.Empty(await _log.Store.LoadDestinationsAsync(Cancellation));
    }

    [Fact]
    public async Task Check_ComesBackWhileItsEventsAreCounted_IsNotForgotten()
    {
        await RegisterAsync();
        var forgetting = Make();
        _time.Advance(TimeSpan.FromHours(25));
        await _changing.WaitAsync(Cancellation);

        var checking = forgetting.CheckAsync(Cancellation);
        await _log.Store.RegisterAsync([], ["a"], _time.GetUtcNow(), Cancellation);
        _listed.Add("a");
        _changing.Release();
        await checking;

        Assert.Single(await _log.Store.LoadDestinationsAsync(Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        _changing.Dispose();
        await _log.DisposeAsync();
    }

    private Forgetting Make() =>
        new(_log, () => _listed, _changing, () => TimeSpan.FromHours(24), _time, NullLogger<Forgetting>.Instance);

    private Task RegisterAsync() => _log.Store.RegisterAsync(
        [new DestinationRecord { Name = "a", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = _time.GetUtcNow() }], ["a"], _time.GetUtcNow(), Cancellation);
}
