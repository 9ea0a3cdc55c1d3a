namespace Postrider.Server.Cli;

/// <summary>HTTP clients of the verbs that talk to a server.</summary>
internal static class LocalHttp
{
    /// <summary>How long an answer may take that has nothing to wait for.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public static HttpClient Create(Uri address) => Create(address, Timeout);

    public static HttpClient Create(Uri address, TimeSpan timeout) => new(new SocketsHttpHandler
    {
        // A proxy named in the environment is for the world outside, and would find itself on loopback.
        UseProxy = !address.IsLoopback,
        AllowAutoRedirect = false,
    })
    {
        Timeout = timeout,
    };

    /// <summary>One sentence for a call that brought no answer.</summary>
    public static CliException Unreachable(Uri address, Exception exception) => Unreachable(address, exception, Timeout);

    public static CliException Unreachable(Uri address, Exception exception, TimeSpan timeout) => new(
        exception switch
        {
            OperationCanceledException => $"{Spell(address)} did not answer within {timeout.TotalSeconds} s.",
            _ => $"cannot reach {Spell(address)}: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. Is the server running?",
        },
        isServerAway: true);

    public static string Spell(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
