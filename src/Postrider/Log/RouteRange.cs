namespace Postrider.Log;

/// <summary>From which position on which routes were in force for a destination.</summary>
internal readonly record struct RouteRange(long FromPosition, string Text);
