using System.Diagnostics.CodeAnalysis;

namespace Postrider.Destinations.Webhook;

/// <summary>A symmetric secret as Standard Webhooks writes it: <c>whsec_</c> and the base64 of its bytes.</summary>
internal static class WebhookSecret
{
    public const string Prefix = "whsec_";
    public const int MinBytes = 24;
    public const int MaxBytes = 64;

    public static byte[] Parse(string text) => TryParse(text, out var key, out var mistake) ? key : throw new FormatException($"The secret {mistake}.");

    /// <param name="text">The secret as written.</param>
    /// <param name="key">Its bytes.</param>
    /// <param name="mistake">What is wrong with it, without a single character of it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out byte[]? key, [NotNullWhen(false)] out string? mistake)
    {
        key = null;
        if (text.Length == 0)
        {
            mistake = "must not be empty; leave it out to send unsigned";
            return false;
        }

        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            mistake = $"must begin with {Prefix}, followed by the base64 of {MinBytes} to {MaxBytes} bytes";
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxBytes + 1];
        var base64 = text.AsSpan(Prefix.Length);
        if (!Convert.TryFromBase64Chars(base64, bytes, out var length))
        {
            mistake = base64.Length > (MaxBytes + 2) / 3 * 4
                ? $"must hold at most {MaxBytes} bytes after {Prefix}"
                : $"must be base64 after {Prefix} (the standard alphabet, with padding)";
            return false;
        }

        if (length is < MinBytes or > MaxBytes)
        {
            mistake = $"must hold {MinBytes} to {MaxBytes} bytes after {Prefix}, but holds {length}";
            return false;
        }

        mistake = null;
        key = bytes[..length].ToArray();
        return true;
    }
}
