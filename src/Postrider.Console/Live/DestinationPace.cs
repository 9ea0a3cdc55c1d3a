namespace Postrider.WebConsole.Live;

/// <summary>How fast a destination is, of late.</summary>
/// <param name="Delivered">Events delivered a second.</param>
/// <param name="Failed">Attempts that failed a second.</param>
public readonly record struct DestinationPace(double Delivered, double Failed);
