namespace Postrider.Operations;

/// <summary>How an event's last attempt failed.</summary>
/// <param name="Class">A short machine-readable word: <c>status</c>, <c>timeout</c>, <c>connect</c>, …</param>
/// <param name="Status">The HTTP status or the destination's own code, where there was one.</param>
/// <param name="Message">For people, one line.</param>
public sealed record EventErrorAnswer(string Class, int? Status, string Message);
