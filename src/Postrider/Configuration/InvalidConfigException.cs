namespace Postrider.Configuration;

/// <summary>A configuration cannot be used. Carries every mistake that was found, in the order of the file.</summary>
public sealed class InvalidConfigException : Exception
{
    /// <summary>An invalid configuration with its mistakes.</summary>
    public InvalidConfigException(IReadOnlyList<ConfigError> errors)
        : base(string.Join(Environment.NewLine, errors))
    {
        Errors = errors;
    }

    /// <summary>The mistakes, at least one.</summary>
    public IReadOnlyList<ConfigError> Errors { get; }
}
