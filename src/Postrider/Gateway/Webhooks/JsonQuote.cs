using System.Buffers;

namespace Postrider.Gateway.Webhooks;

/// <summary>Writes text as a JSON string, with no more escapes than JSON demands: what was sent as it is stays as it is.</summary>
internal static class JsonQuote
{
    private const int LengthOfCode = 6;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>How many bytes the string takes, its quotes included.</summary>
    public static long Measure(ReadOnlySpan<byte> text)
    {
        var size = 2L + text.Length;
        for (var at = text.IndexOfAny(Escaped); at >= 0; at = text.IndexOfAny(Escaped))
        {
            size += ShortEscape(text[at]) == 0 ? LengthOfCode - 1 : 1;
            text = text[(at + 1)..];
        }

        return size;
    }

    /// <summary>Writes it, and says how many bytes it took.</summary>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var used = 0;
        target[used++] = (byte)'"';
        for (var at = text.IndexOfAny(Escaped); at >= 0; at = text.IndexOfAny(Escaped))
        {
            text[..at].CopyTo(target[used..]);
            used += at + WriteEscape(text[at], target[(used + at)..]);
            text = text[(at + 1)..];
        }

        text.CopyTo(target[used..]);
        used += text.Length;
        target[used++] = (byte)'"';
        return used;
    }

    private static int WriteEscape(byte code, Span<byte> target)
    {
        target[0] = (byte)'\\';
        if (ShortEscape(code) is not 0 and var letter)
        {
            target[1] = letter;
            return 2;
        }

        "u00"u8.CopyTo(target[1..]);
        target[4] = (byte)(code < 0x10 ? '0' : '1');
        target[5] = "0123456789abcdef"u8[code & 0xF];
        return LengthOfCode;
    }

    // 0: it has none.
    private static byte ShortEscape(byte code) => code switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };
}
