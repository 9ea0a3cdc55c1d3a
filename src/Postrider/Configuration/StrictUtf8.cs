using System.Text;

namespace Postrider.Configuration;

/// <summary>UTF-8 that refuses what is none, so that no secret or name is changed without a word.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text, without the mark that some editors put first.</summary>
    /// <exception cref="DecoderFallbackException">The bytes are no UTF-8; it is an <see cref="ArgumentException"/>.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var mark = System.Text.Encoding.UTF8.Preamble;
        return Encoding.GetString(bytes.StartsWith(mark) ? bytes[mark.Length..] : bytes);
    }
}
