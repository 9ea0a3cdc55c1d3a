namespace Postrider.Log.Embedded;

/// <summary>A log as recovery found it, ready to append to.</summary>
/// <param name="LogId">Its id.</param>
/// <param name="Segments">Its segments by position; empty: a new log.</param>
/// <param name="Active">The last one's file, open to write.</param>
/// <param name="ReplaceState">The state does not belong to it and is to be set aside.</param>
internal sealed record RecoveredLog(string LogId, IReadOnlyList<Segment> Segments, IStorageFile? Active, bool ReplaceState);
