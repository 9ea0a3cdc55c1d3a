using Postrider.Log;

namespace Postrider;

/// <summary>A log that was opened, and what it says of itself.</summary>
/// <param name="Log">The log; whoever opened it closes it.</param>
/// <param name="Place">Where it stores, for people: a folder, or hosts and prefix.</param>
/// <param name="Time">The time that is stored with it.</param>
/// <param name="Promise">What a success answer means there, one sentence; it may change when the server behind it does.</param>
internal sealed record OpenedLog(IEventLog Log, string Place, TimeProvider Time, Func<string?> Promise);
