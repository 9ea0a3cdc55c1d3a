namespace Postrider.Operations;

/// <summary>Attempts that were kept.</summary>
/// <param name="Items">Newest first.</param>
internal sealed record AttemptList(IReadOnlyList<AttemptReport> Items);
