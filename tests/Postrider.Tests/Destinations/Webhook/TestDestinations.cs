using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Webhook destinations as the factory makes them, open to loopback unless told otherwise.</summary>
internal static class TestDestinations
{
    public static IDestination To(string url, TimeProvider? time = null) => Of(new WebhookSettings { Url = url, AllowPrivateNetwork = true }, time);

    public static IDestination Of(WebhookSettings settings, TimeProvider? time = null) =>
        new WebhookDestinationFactory(time ?? TimeProvider.System).Create(ConfigOf(settings));

    public static DestinationConfig ConfigOf(WebhookSettings settings) => new() { Name = "crm", Type = "webhook", Settings = settings };

    public static async Task<DeliveryResult> DeliverOneAsync(this IDestination destination, DeliveryAttempt? attempt = null, CancellationToken? cancellationToken = null)
    {
        var results = await destination.DeliverAsync([attempt ?? Attempts.Of()], cancellationToken ?? TestContext.Current.CancellationToken);
        return Assert.Single(results);
    }
}
