using System.Net;

namespace Postrider.Server.Cli;

/// <summary>Ends a verb with one sentence on standard error.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The server's answer that it tells of; null: none.</summary>
    public HttpStatusCode? Status { get; init; }
}
