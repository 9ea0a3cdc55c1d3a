using System.Globalization;

namespace Postrider.FunctionalTests.Torture;

/// <summary>One request of a client: the user's event of this number, sent for the n-th time. A request without an answer may have been
/// stored, so each counts as an event of its own.</summary>
internal readonly record struct SentEvent(int Number, int Try) : IComparable<SentEvent>
{
    public static bool operator <(SentEvent left, SentEvent right) => left.CompareTo(right) < 0;

    public static bool operator >(SentEvent left, SentEvent right) => left.CompareTo(right) > 0;

    public static bool operator <=(SentEvent left, SentEvent right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SentEvent left, SentEvent right) => left.CompareTo(right) >= 0;

    public static SentEvent Parse(string payload)
    {
        var dot = payload.IndexOf('.', StringComparison.Ordinal);
        return new SentEvent(int.Parse(payload.AsSpan(0, dot), CultureInfo.InvariantCulture), int.Parse(payload.AsSpan(dot + 1), CultureInfo.InvariantCulture));
    }

    // The order in which one client sent them, each after the answer to the one before or after the server that had it was killed.
    public int CompareTo(SentEvent other) => Number != other.Number ? Number.CompareTo(other.Number) : Try.CompareTo(other.Try);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}.{Try}");
}
