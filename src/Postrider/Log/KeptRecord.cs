namespace Postrider.Log;

/// <summary>A small record that is kept beside the log.</summary>
/// <param name="Key">Whose it is, and which.</param>
/// <param name="Bytes">What it says. Never written to.</param>
internal readonly record struct KeptRecord(RecordKey Key, byte[] Bytes);
