using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>Compares a member's name, escapes included, with a word.</summary>
/// <remarks>The JSON reader's own comparison throws at a lone surrogate; such a name is legal JSON and simply none of ours.</remarks>
internal static class JsonMemberName
{
    // "destinations", the longest word that is looked for over several pieces of memory, with every letter written as \u0000.
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

    // From escape to escape, each a character of the word. The reader has checked that they are well formed.
    private static bool EscapedEquals(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
    {
        Span<byte> character = stackalloc byte[4];
        while (true)
        {
            var plain = name.IndexOf((byte)'\\');
            if (plain < 0)
            {
                return name.SequenceEqual(word);
            }

            if (!word.StartsWith(name[..plain]) || !TryUnescape(name[plain..], out var rune, out var escaped))
            {
                return false;
            }

            var length = rune.EncodeToUtf8(character);
            if (!word[plain..].StartsWith(character[..length]))
            {
                return false;
            }

            name = name[(plain + escaped)..];
            word = word[(plain + length)..];
        }
    }

    // False: half of a character, which no word has.
    private static bool TryUnescape(ReadOnlySpan<byte> escape, out Rune rune, out int length)
    {
        length = 2;
        switch (escape[1])
        {
            case (byte)'u':
                length = 6;
                var first = CodeOf(escape);
                if (!char.IsHighSurrogate(first))
                {
                    return Rune.TryCreate(first, out rune);
                }

                length = 12;
                rune = default;
                return escape.Length >= 12 && escape[6] == '\\' && escape[7] == 'u' && Rune.TryCreate(first, CodeOf(escape[6..]), out rune);
            case (byte)'b':
                rune = new Rune('\b');
                return true;
            case (byte)'f':
                rune = new Rune('\f');
                return true;
            case (byte)'n':
                rune = new Rune('\n');
                return true;
            case (byte)'r':
                rune = new Rune('\r');
                return true;
            case (byte)'t':
                rune = new Rune('\t');
                return true;
            default:
                // A quotation mark, a backslash or a slash.
                rune = new Rune((char)escape[1]);
                return true;
        }
    }

    private static char CodeOf(ReadOnlySpan<byte> escape) => Utf8Parser.TryParse(escape[2..6], out ushort code, out _, 'x') ? (char)code : '\uFFFF';
}
