using System.Text;

namespace Postrider.Configuration;

/// <summary>
/// Replaces <c>${NAME}</c>, <c>${NAME:-default}</c> and <c>${file:PATH}</c> in a value; <c>$${</c> stands for <c>${</c>.
/// A default is taken where the variable is unset or empty, as shells do.
/// </summary>
internal sealed class ReferenceExpander(Func<string, string?> environment, string folder)
{
    private const int MaxFileBytes = 1 << 20;

    /// <summary>Expands a text. Messages name the reference, never what it stands for.</summary>
    public bool TryExpand(string text, out string expanded, out string error)
    {
        var result = new StringBuilder();
        var rest = text.AsSpan();
        expanded = "";
        error = "";
        for (var start = rest.IndexOf("${"); start >= 0; start = rest.IndexOf("${"))
        {
            if (start > 0 && rest[start - 1] == '$')
            {
                result.Append(rest[..(start - 1)]).Append("${");
                rest = rest[(start + 2)..];
                continue;
            }

            var length = rest[start..].IndexOf('}');
            if (length < 0)
            {
                error = "'${' has no '}'; write '$${' for the characters themselves";
                return false;
            }

            if (!TryResolve(rest.Slice(start + 2, length - 2).ToString(), out var value, out error))
            {
                return false;
            }

            result.Append(rest[..start]).Append(value);
            rest = rest[(start + length + 1)..];
        }

        expanded = result.Append(rest).ToString();
        return true;
    }

    private bool TryResolve(string reference, out string value, out string error)
    {
        const string File = "file:";
        if (reference.StartsWith(File, StringComparison.Ordinal))
        {
            return TryReadFile(reference[File.Length..], out value, out error);
        }

        var separator = reference.IndexOf(":-", StringComparison.Ordinal);
        var name = separator < 0 ? reference : reference[..separator];
        value = "";
        error = "";
        if (!IsVariableName(name))
        {
            error = $"'${{{reference}}}' is no reference; write ${{NAME}}, ${{NAME:-default}}, ${{file:PATH}}, or $${{ for the characters themselves";
            return false;
        }

        var found = environment(name);
        if (separator >= 0)
        {
            value = string.IsNullOrEmpty(found) ? reference[(separator + 2)..] : found;
            return true;
        }

        value = found ?? "";
        error = found is null ? $"the environment variable '{name}' is not set; set it, or give a default: ${{{name}:-default}}" : "";
        return found is not null;
    }

    private bool TryReadFile(string path, out string value, out string error)
    {
        value = "";
        error = "";
        try
        {
            var full = Path.GetFullPath(path, folder);
            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MaxFileBytes + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaxFileBytes)
            {
                error = $"the file '{full}' is larger than 1 MiB";
                return false;
            }

            value = StrictUtf8.Decode(bytes.AsSpan(0, count));
            value = value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value.EndsWith('\n') ? value[..^1] : value;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = $"the file '{path}' cannot be read: {exception.Message}";
            return false;
        }
    }

    private static bool IsVariableName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
