using Postrider.Destinations;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

public sealed class WebhookConformanceTests : DestinationConformanceTests
{
    private const string Url = "https://example.com/events";

    protected override IDestinationFactory Factory { get; } = new WebhookDestinationFactory();

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new WebhookSettings { Url = "ftp://example.com" }, "url"),
        new(new WebhookSettings { Url = Url, Secret = "whsec_short" }, "secret"),
        new(new WebhookSettings { Url = Url, Secrets = ["not a secret"] }, "secrets[0]"),
        new(new WebhookSettings { Url = Url, Headers = new Dictionary<string, string> { ["webhook-id"] = "1" } }, "headers.webhook-id"),
        new(new WebhookSettings { Url = Url, AllowNetworks = ["everywhere"] }, "allowNetworks[0]"),
    ];

    protected override async ValueTask<ConformanceReceiver> StartReceiverAsync() => await HttpReceiver.StartAsync();
}
