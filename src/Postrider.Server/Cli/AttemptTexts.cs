using System.Globalization;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>An attempt for people.</summary>
internal static class AttemptTexts
{
    /// <summary>As <c>attempt 2, retry with 500 in 12 ms: answered 500; again at 12:00:01</c>.</summary>
    public static string Spell(AttemptReport attempt)
    {
        var status = attempt.Status is { } code ? string.Create(CultureInfo.InvariantCulture, $" with {code}") : "";
        var why = attempt.Message is { Length: > 0 } message ? $": {ApiText.Printable(message)}" : attempt.ErrorClass is { } kind ? $": {kind}" : "";
        var next = attempt.NextAttempt is { } time ? $"; again at {ApiText.Spell(time)}" : "";
        return $"attempt {ApiText.Spell(attempt.Number)}, {attempt.Outcome}{status} in {Milliseconds(attempt)}{why}{next}";
    }

    /// <summary>How long it took.</summary>
    public static string Milliseconds(AttemptReport attempt) => string.Create(CultureInfo.InvariantCulture, $"{attempt.DurationSeconds * 1000:0.#} ms");
}
