namespace Postrider.Events;

/// <summary>An event was written by a newer version of Postrider than the one that reads it.</summary>
internal sealed class NewerEnvelopeException(int version)
    : Exception($"The log holds events of envelope version {version}; this Postrider reads up to {EventEnvelope.Version}. Run the newer version.");
