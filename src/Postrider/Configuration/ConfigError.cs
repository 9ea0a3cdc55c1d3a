namespace Postrider.Configuration;

/// <summary>One mistake in a configuration file.</summary>
/// <param name="File">The file as it was named to the reader.</param>
/// <param name="Line">The line, from 1; 0 when the mistake is the file itself.</param>
/// <param name="Column">The column, from 1; 0 when the mistake is the file itself.</param>
/// <param name="Message">The member and what is expected of it.</param>
public sealed record ConfigError(string File, int Line, int Column, string Message)
{
    /// <summary><c>file:line:column: message</c>, the form that editors and terminals make a link of.</summary>
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}
