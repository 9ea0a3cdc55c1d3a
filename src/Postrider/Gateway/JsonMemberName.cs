using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>Compares a member's name, escapes included, with an ASCII word.</summary>
/// <remarks>The JSON reader's own comparison throws at a lone surrogate; such a name is legal JSON and simply none of ours.</remarks>
internal static class JsonMemberName
{
    // "destinations", the longest of our words, with every letter written as \u0000.
    private const int LongestEscaped = 12 * 6;

    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> word)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueTextEquals(word);
        }

        if (!reader.HasValueSequence)
        {
            return EscapedEquals(reader.ValueSpan, word);
        }

        if (reader.ValueSequence.Length > LongestEscaped)
        {
            return false;
        }

        Span<byte> name = stackalloc byte[LongestEscaped];
        reader.ValueSequence.CopyTo(name);
        return EscapedEquals(name[..(int)reader.ValueSequence.Length], word);
    }

    // No letter has a short escape, so \u is the only one that can stand for one. The reader has checked the hex digits.
    private static bool EscapedEquals(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
        {
            if (name.IsEmpty)
            {
                return false;
            }

            var length = 1;
            var character = (int)name[0];
            if (character == '\\')
            {
                length = 6;
                if (name[1] != (byte)'u' || !Utf8Parser.TryParse(name[2..6], out character, out _, 'x'))
                {
                    return false;
                }
            }

            if (character != letter)
            {
                return false;
            }

            name = name[length..];
        }

        return name.IsEmpty;
    }
}
