using Postrider.Events;

namespace Postrider.Journal;

/// <summary>An event that was delivered, in as few words as can be noted for each.</summary>
/// <param name="Place">Its place.</param>
/// <param name="EndedAt">When the attempt ended, as a timestamp of the clock.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Number">The how-manieth attempt it was.</param>
/// <param name="Status">What the receiver answered.</param>
internal readonly record struct NewestDelivery(LogPosition Place, long EndedAt, TimeSpan Duration, int Number, int? Status);
