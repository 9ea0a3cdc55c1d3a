namespace Postrider;

/// <summary>Where a started server listens.</summary>
/// <param name="Gateway">Where events come in; null: this process only delivers.</param>
/// <param name="Admin">Where operators look.</param>
public sealed record PostriderAddresses(Uri? Gateway, Uri Admin);
