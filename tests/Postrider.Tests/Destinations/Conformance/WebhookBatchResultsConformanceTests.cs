using Postrider.Destinations;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Batches with a result for each event, and with a token that is fetched first.</summary>
public sealed class WebhookBatchResultsConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new WebhookDestinationFactory();

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new WebhookSettings { Url = "https://example.com/events", Batch = new WebhookBatchSettings { MaxBytes = new(1) } }, "batch.maxBytes"),
    ];

    protected override async ValueTask<ConformanceReceiver> StartReceiverAsync() => await HttpReceiver.StartAsync(new WebhookBatchSettings { Results = true }, wantsToken: true);
}
