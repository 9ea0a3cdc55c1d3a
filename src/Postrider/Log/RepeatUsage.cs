namespace Postrider.Log;

/// <summary>What a log remembers for de-duplication.</summary>
/// <param name="Ids">Ids that are remembered.</param>
/// <param name="MaxIds">How many may be.</param>
/// <param name="ForgottenEarly">Ids that were forgotten since the start although their window was not over, because there was no room.</param>
internal sealed record RepeatUsage(long Ids, long MaxIds, long ForgottenEarly);
