using Postrider.Destinations;

namespace Postrider;

/// <summary>The types of destinations that ship with the library.</summary>
internal static class BuiltInDestinations
{
    public static IReadOnlyList<IDestinationFactory> All => [];
}
