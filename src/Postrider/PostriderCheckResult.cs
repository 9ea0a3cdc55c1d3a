using Postrider.Configuration;

namespace Postrider;

/// <summary>What a look at a configuration file found.</summary>
public sealed record PostriderCheckResult
{
    /// <summary>The configuration; null: it is not valid.</summary>
    public PostriderConfig? Config { get; init; }

    /// <summary>The mistakes, in the order of the file.</summary>
    public IReadOnlyList<ConfigError> Errors { get; init; } = [];

    /// <summary>What was found out beside the file, one sentence each: whether Redis answers, and what a success answer means there.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What is valid but will hardly be meant, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
