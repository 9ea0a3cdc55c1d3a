namespace Postrider.Gateway;

/// <summary>What the <c>integrations</c> of an event say of its destinations.</summary>
/// <param name="Requested">The destinations that it asks for, by the names of the configuration; null: all that its source is connected to.</param>
/// <param name="Excluded">The names that it leaves out, as it wrote them; null: none.</param>
internal readonly record struct Integrations(IReadOnlyList<string>? Requested, IReadOnlyList<string>? Excluded);
