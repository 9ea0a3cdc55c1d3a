using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Postrider.Gateway;

/// <summary>W3C Trace Context: <c>version-traceid-parentid-flags</c>, lower-case hex.</summary>
internal static class TraceParent
{
    private const int KnownLength = 55;

    // Later versions may append fields; we keep them, within reason.
    private const int MaxLength = 256;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The header's text where it is well-formed; otherwise null, for a broken trace must not travel on.</summary>
    public static string? WellFormed(in StringValues header) => header is [{ } text] && IsWellFormed(text) ? text : null;

    private static bool IsWellFormed(string text)
    {
        if (text.Length is < KnownLength or > MaxLength || text[2] != '-' || text[35] != '-' || text[52] != '-')
        {
            return false;
        }

        var version = text.AsSpan(0, 2);
        var traceId = text.AsSpan(3, 32);
        var parentId = text.AsSpan(36, 16);
        return IsHex(version) && IsHex(traceId) && IsHex(parentId) && IsHex(text.AsSpan(53, 2))
            && version is not "ff"
            && traceId.ContainsAnyExcept('0') && parentId.ContainsAnyExcept('0')
            && (text.Length == KnownLength || (version is not "00" && text[KnownLength] == '-'));
    }

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Hex);
}
