using System.Net;

namespace Postrider.Server.Cli;

/// <summary>Ends a verb with one sentence on standard error.</summary>
/// <param name="message">The sentence.</param>
/// <param name="exitCode">The exit code.</param>
/// <param name="isServerAway">The server did not answer, or said that it cannot now: a later call may find it again.</param>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failed, bool isServerAway = false) : Exception(message)
{
    public bool IsServerAway { get; } = isServerAway;

    public int ExitCode { get; } = exitCode;

    /// <summary>The server's answer that it tells of; null: none.</summary>
    public HttpStatusCode? Status { get; init; }
}
