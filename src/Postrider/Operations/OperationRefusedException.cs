namespace Postrider.Operations;

/// <summary>What was asked cannot be done as things are. The message, for people, says why.</summary>
public sealed class OperationRefusedException(string message) : Exception(message);
