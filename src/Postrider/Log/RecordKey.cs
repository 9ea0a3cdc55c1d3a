namespace Postrider.Log;

/// <summary>Names a kept record.</summary>
/// <param name="Kind">Whose it is; a stored number, never given another meaning.</param>
/// <param name="Number">Which of them.</param>
internal readonly record struct RecordKey(int Kind, long Number);
