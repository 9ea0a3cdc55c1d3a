using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Diagnostics;

namespace Postrider.Tests.Diagnostics;

/// <summary>Alone: while one of these listens, every attempt of the process has a span.</summary>
[CollectionDefinition(nameof(AttemptSpanTests), DisableParallelization = true)]
[Collection(nameof(AttemptSpanTests))]
public sealed class AttemptSpanTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string SpanId = "b7ad6b7169203331";
    private const int Rounds = 10_000;

    private static readonly string Sent = $"00-{TraceId}-{SpanId}-01";
    private static readonly DestinationModel Model = new(new DestinationConfig { Name = "crm", Type = "memory" }, new Silent());

    private readonly FakeTimeProvider _time = new(new SampleEvent().ReceivedAt + TimeSpan.FromSeconds(1));

    [Fact]
    public void Begin_WhileNobodyListens_CostsNothing()
    {
        DeliveryAttempt[] batch = [new SampleEvent { TraceParent = Sent }.ToAttempt()];
        var spans = Run(batch, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        spans += Run(batch, Rounds);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((0, 0L), (spans, allocated));
    }

    [Fact]
    public void Begin_FirstAttemptAtOnce_IsAChildOfTheRequestAndLinksToIt()
    {
        using var listener = Listen();

        using var span = AttemptSpan.Begin(Model, [new SampleEvent { TraceParent = Sent }.ToAttempt()], isParked: false, _time)!;

        Assert.Equal(("deliver crm", ActivityKind.Client, TraceId, SpanId), (span.DisplayName, span.Kind, span.TraceId.ToHexString(), span.ParentSpanId.ToHexString()));
        Assert.Equal(TraceId, Assert.Single(span.Links).Context.TraceId.ToHexString());
    }

    [Theory]
    [InlineData(2, false, 1)] // a retry
    [InlineData(1, true, 1)] // a replay, or an event that waited for one before it
    [InlineData(1, false, 3600)] // a backlog
    public void Begin_AttemptThatComesLater_HasItsOwnTraceAndLinksToTheRequest(int number, bool isParked, int age)
    {
        using var listener = Listen();
        _time.SetUtcNow(new SampleEvent().ReceivedAt + TimeSpan.FromSeconds(age));

        using var span = AttemptSpan.Begin(Model, [new SampleEvent { TraceParent = Sent }.ToAttempt(number)], isParked, _time)!;

        Assert.NotEqual(TraceId, span.TraceId.ToHexString());
        Assert.Equal(default, span.ParentSpanId);
        var link = Assert.Single(span.Links).Context;
        Assert.Equal((TraceId, SpanId), (link.TraceId.ToHexString(), link.SpanId.ToHexString()));
    }

    [Fact]
    public void Begin_WithinAnothersSpan_IsNoChildOfIt()
    {
        using var listener = Listen();
        using var other = PostriderTracing.Source.StartActivity("whoever woke the pump");

        using var span = AttemptSpan.Begin(Model, [new SampleEvent().ToAttempt()], isParked: false, _time)!;

        Assert.NotEqual(other!.TraceId, span.TraceId);
        Assert.Empty(span.Links);
    }

    [Fact]
    public void Begin_Batch_LinksToEachRequestOnceAndToNoMoreThanASpanHolds()
    {
        using var listener = Listen();
        var batch = Enumerable.Range(1, 300)
            .Select(i => new SampleEvent { Position = i, TraceParent = $"00-{TraceId}-{(i + 1) / 2:x16}-01" }.ToAttempt())
            .ToArray();

        using var few = AttemptSpan.Begin(Model, batch[..6], isParked: false, _time)!;
        using var many = AttemptSpan.Begin(Model, batch, isParked: false, _time)!;

        Assert.Equal((3, 128), (few.Links.Count(), many.Links.Count()));
        Assert.Equal(6, few.GetTagItem(SpanAttributes.MessageCount));
        Assert.Equal(default, few.ParentSpanId);
    }

    [Fact]
    public void Begin_TraceContextThatIsNone_LinksToNothing()
    {
        using var listener = Listen();

        using var span = AttemptSpan.Begin(Model, [new SampleEvent { TraceParent = "00-1-2-01" }.ToAttempt()], isParked: false, _time)!;

        Assert.Empty(span.Links);
    }

    private int Run(DeliveryAttempt[] batch, int rounds)
    {
        var spans = 0;
        for (var i = 0; i < rounds; i++)
        {
            spans += AttemptSpan.Begin(Model, batch, isParked: false, _time) is null ? 0 : 1;
            spans += PostriderTracing.Current is null ? 0 : 1;
        }

        return spans;
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == PostriderTracing.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class Silent : IDestination
    {
        public ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
