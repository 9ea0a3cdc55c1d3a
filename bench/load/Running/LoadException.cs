namespace Postrider.Load.Running;

/// <summary>A run that cannot go on, for a reason that its reader can act on.</summary>
internal sealed class LoadException(string message) : Exception(message);
