using System.Text.RegularExpressions;

namespace Postrider.Tests.Architecture;

/// <summary>C# text without what the compiler does not resolve: comments, strings and characters.</summary>
internal static partial class SourceText
{
    public static string CodeOf(string text) => NotCode().Replace(text, " ");

    [GeneratedRegex("""
        ("{3,})[\s\S]*?\1             # raw string
        | @\$?"(?:""|[^"])*"          # verbatim string
        | "(?:\\.|[^"\\\n])*"         # string
        | '(?:\\.[^'\n]*|[^'\\\n])'   # character
        | //[^\n]*
        | /\*[\s\S]*?\*/
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NotCode();
}
