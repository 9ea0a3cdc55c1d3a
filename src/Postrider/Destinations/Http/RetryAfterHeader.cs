using System.Globalization;
using System.Net.Http.Headers;

namespace Postrider.Destinations.Http;

/// <summary>How long a receiver asks us to wait.</summary>
internal static class RetryAfterHeader
{
    // The delivery holds it to its own limit; this one keeps arithmetic on times from overflowing.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>The wait, counted from now; null: none was asked for, or not understandably.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (!headers.NonValidated.TryGetValues("Retry-After", out var values))
        {
            return null;
        }

        var text = values.FirstOrDefault()?.Trim() ?? "";
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < Longest.TotalSeconds
                ? TimeSpan.FromSeconds(seconds)
                : Longest;
        }

        if (!RetryConditionHeaderValue.TryParse(text, out var parsed) || parsed.Date is not { } date)
        {
            return null;
        }

        var wait = date - time.GetUtcNow();
        return wait < TimeSpan.Zero ? null : wait < Longest ? wait : Longest;
    }
}
