using Postrider.Events;

namespace Postrider.Log;

/// <summary>Acknowledged data cannot be read back. Readers stop there; nothing is skipped.</summary>
internal sealed class LogCorruptException(LogPosition place, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The first position that cannot be read.</summary>
    public LogPosition Place { get; } = place;
}
