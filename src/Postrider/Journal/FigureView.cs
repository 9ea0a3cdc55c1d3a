namespace Postrider.Journal;

/// <summary>Rows of the history as they stood at a moment, for who reads them.</summary>
/// <param name="Step">How long a row is, in seconds, where none are joined.</param>
/// <param name="Rows">In the order of time.</param>
/// <param name="Names">What rows name, by number.</param>
internal readonly record struct FigureView(int Step, IReadOnlyList<StoredRow> Rows, string[] Names);
