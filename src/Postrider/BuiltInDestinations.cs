using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Destinations.Webhook;

namespace Postrider;

/// <summary>The types of destinations that every Postrider has.</summary>
internal static class BuiltInDestinations
{
    public static IReadOnlyList<IDestinationFactory> All { get; } = [new WebhookDestinationFactory(), new MongoDbDestinationFactory()];
}
