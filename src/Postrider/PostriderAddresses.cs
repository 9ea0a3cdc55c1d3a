namespace Postrider;

/// <summary>Where a started server listens.</summary>
/// <param name="Gateway">Where events come in.</param>
/// <param name="Admin">Where operators look.</param>
public sealed record PostriderAddresses(Uri Gateway, Uri Admin);
