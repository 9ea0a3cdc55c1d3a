namespace Postrider;

/// <summary>The server cannot start as things are. The message says why and what to do.</summary>
public sealed class PostriderStartException(string message, Exception? inner = null) : Exception(message, inner);
