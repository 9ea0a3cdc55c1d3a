using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Postrider.Gateway;

/// <summary>Finds bytes that are not UTF-8. The JSON reader does not look inside strings, and what we store we also sign and deliver.</summary>
internal static class Utf8Scan
{
    private const int LongestCharacter = 4;

    /// <summary>Index of the first character that is not valid, or -1.</summary>
    public static long IndexOfInvalid(in ReadOnlySequence<byte> text)
    {
        if (text.IsSingleSegment)
        {
            return Utf8.IsValid(text.FirstSpan) ? -1 : IndexOfInvalid(text.FirstSpan);
        }

        Span<byte> split = stackalloc byte[LongestCharacter];
        var splitLength = 0;
        var offset = 0L;
        foreach (var segment in text)
        {
            var rest = segment.Span;
            while (splitLength > 0 && !rest.IsEmpty)
            {
                split[splitLength++] = rest[0];
                rest = rest[1..];
                switch (Rune.DecodeFromUtf8(split[..splitLength], out _, out _))
                {
                    case OperationStatus.Done:
                        offset += splitLength;
                        splitLength = 0;
                        break;
                    case OperationStatus.InvalidData:
                        return offset;
                }
            }

            var cut = LengthOfCutCharacter(rest);
            var whole = rest[..^cut];
            if (!Utf8.IsValid(whole))
            {
                return offset + IndexOfInvalid(whole);
            }

            offset += whole.Length;
            if (cut > 0)
            {
                rest[^cut..].CopyTo(split);
                splitLength = cut;
            }
        }

        return splitLength == 0 ? -1 : offset;
    }

    // How many bytes at the end begin a character that goes on in the next segment.
    private static int LengthOfCutCharacter(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length < LongestCharacter && length <= text.Length; length++)
        {
            var isContinuation = (text[^length] & 0xC0) == 0x80;
            if (!isContinuation)
            {
                return Rune.DecodeFromUtf8(text[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
            }
        }

        return 0;
    }

    private static long IndexOfInvalid(ReadOnlySpan<byte> text)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(text[index..], out _, out var length) == OperationStatus.Done)
        {
            index += length;
        }

        return index;
    }
}
