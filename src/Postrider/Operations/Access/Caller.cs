namespace Postrider.Operations.Access;

/// <summary>Who calls, or why nobody knows.</summary>
/// <param name="By">Who; null: that is not proven.</param>
/// <param name="Session">The login that proves it, where it is one.</param>
/// <param name="IsAmbient">The proof comes with every call of a browser, whatever page makes it: a cookie, or a proxy's header.</param>
/// <param name="Refusal">Why not, for people.</param>
/// <param name="RetryAfter">When it may be tried again, where it was tried too often.</param>
internal readonly record struct Caller(Operator? By, Session? Session = null, bool IsAmbient = false, string? Refusal = null, TimeSpan? RetryAfter = null)
{
    public static Caller Refused(string reason, TimeSpan? retryAfter = null) => new(null, Refusal: reason, RetryAfter: retryAfter);
}
