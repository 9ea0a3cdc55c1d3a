using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>One event at a time, with a token that is fetched first.</summary>
public sealed class WebhookOAuth2ConformanceTests : DestinationConformanceTests
{
    protected override IDestinationFactory Factory { get; } = new WebhookDestinationFactory();

    protected override IEnumerable<ImpossibleSettings> ImpossibleSettings =>
    [
        new(new WebhookSettings { Url = "https://example.com/events", Auth = new AuthSettings { Oauth2 = new OAuth2Settings { TokenUrl = "ftp://example.com", ClientId = "a", ClientSecret = "b" } } }, "auth.oauth2.tokenUrl"),
    ];

    protected override async ValueTask<ConformanceReceiver> StartReceiverAsync() => await HttpReceiver.StartAsync(wantsToken: true);
}
