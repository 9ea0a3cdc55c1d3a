namespace Postrider.Log;

/// <summary>How an attempt failed, kept with the event.</summary>
/// <param name="Class">A short machine-readable word: <c>status</c>, <c>timeout</c>, <c>connect</c>, <c>tls</c>, <c>dns</c>, <c>blocked</c>, …</param>
/// <param name="Status">The HTTP status or the destination's own code, where there was one.</param>
/// <param name="Message">For people, one line.</param>
internal sealed record AttemptError(string Class, int? Status, string Message);
