namespace Postrider.Log;

/// <summary>The log cannot be opened as it lies there: in use, damaged, or not matching its state. The message says what to do.</summary>
internal sealed class LogUnusableException(string message, Exception? inner = null) : Exception(message, inner);
