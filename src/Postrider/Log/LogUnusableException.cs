namespace Postrider.Log;

/// <summary>The log cannot be opened as it lies there: in use, damaged, or not matching its state. The message says what to do.</summary>
internal sealed class LogUnusableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The configuration asks for another log than the one that is there: to be cured in the file.</summary>
    public bool IsConfiguration { get; init; }
}
