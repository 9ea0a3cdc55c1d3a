using Postrider.Destinations;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Batches of one event a line; one answer for all.</summary>
public sealed class WebhookNdjsonBatchConformanceTests : BatchDestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new WebhookDestinationFactory();

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new WebhookSettings { Url = "https://example.com/events", Batch = new WebhookBatchSettings { MaxBytes = new(1) } }, "batch.maxBytes"),
    ];

    protected override async ValueTask<ConformanceReceiver> StartReceiverAsync() => await HttpReceiver.StartAsync(new WebhookBatchSettings { Format = BatchFormat.Ndjson });
}
