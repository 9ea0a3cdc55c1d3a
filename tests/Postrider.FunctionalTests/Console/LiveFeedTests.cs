using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postrider.FunctionalTests.WebConsole.Fake;
using Postrider.WebConsole.Live;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>One question for all pages, and none without a page.</summary>
public sealed class LiveFeedTests : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly FakeOperations _operations;
    private readonly LiveFeed _feed;

    public LiveFeedTests()
    {
        _operations = new FakeOperations(_time);
        _feed = new LiveFeed(_operations, _time, NullLogger<LiveFeed>.Instance);
    }

    public void Dispose() => _feed.Dispose();

    [Fact]
    public async Task Subscribe_TwoPages_CostOneQuestionATurn()
    {
        var (first, second) = (new Listener(), new Listener());
        using var one = _feed.Subscribe(first.Take);
        using var two = _feed.Subscribe(second.Take);

        var seen = await TurnAsync(first);
        var alsoSeen = await second.NextAsync();

        Assert.Same(seen, alsoSeen);
    }

    [Fact]
    public async Task Dispose_LastPage_EndsTheQuestions()
    {
        var listener = new Listener();
        var page = _feed.Subscribe(listener.Take);
        await TurnAsync(listener);

        page.Dispose();
        var asked = _operations.StatusCalls;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Pace);
        }

        // One may have been on its way.
        Assert.InRange(_operations.StatusCalls, asked, asked + 1);
    }

    [Fact]
    public async Task Take_SecondSnapshot_KnowsHowFastThingsAre()
    {
        var listener = new Listener();
        using var page = _feed.Subscribe(listener.Take);
        await TurnAsync(listener);

        var snapshot = await TurnAsync(listener);

        Assert.Equal(61, snapshot.Accepted!.Value, 1.0);
        Assert.Equal(61, snapshot.Paces["crm"].Delivered, 1.0);
        Assert.Equal(0, snapshot.Paces["analytics"].Delivered);
    }

    [Fact]
    public async Task Get_AskedTwiceAtOnce_AsksOnce()
    {
        await _feed.GetAsync(TestContext.Current.CancellationToken);

        await _feed.GetAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, _operations.StatusCalls);
    }

    [Fact]
    public async Task Standings_OfABadEvening_BeginWithWhatNeedsSomeone()
    {
        var snapshot = await _feed.GetAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["analytics", "billing", "partner-feed", "search-index"], snapshot.Standings.TakeWhile(standing => standing.Urgency is not Urgency.Fine).Select(standing => standing.Report.Name));
        Assert.Equal("It fails as a whole: 503 Service Unavailable; one event is tried then.", snapshot.Standings[0].Why);
    }

    private async Task<LiveSnapshot> TurnAsync(Listener listener)
    {
        // The loop begins its timer on a thread of its own; until it has, time that passes is not seen.
        var next = listener.NextAsync();
        while (!next.IsCompleted)
        {
            _time.Advance(Pace);
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        return await next;
    }

    private sealed class Listener
    {
        private readonly System.Threading.Channels.Channel<LiveSnapshot> _snapshots = System.Threading.Channels.Channel.CreateUnbounded<LiveSnapshot>();

        public void Take(LiveSnapshot snapshot) => _snapshots.Writer.TryWrite(snapshot);

        public Task<LiveSnapshot> NextAsync() => _snapshots.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
    }
}
