namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>How a process ended.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);
