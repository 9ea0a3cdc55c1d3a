namespace Postrider.Log;

/// <summary>What both sides of a copy hold, read after it.</summary>
internal sealed record LogCopyResult(LogSummary From, LogSummary To)
{
    /// <summary>Counts and checksums agree.</summary>
    public bool IsWhole => From.Equals(To);
}
