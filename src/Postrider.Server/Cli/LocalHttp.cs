namespace Postrider.Server.Cli;

/// <summary>HTTP clients of the verbs that talk to a server.</summary>
internal static class LocalHttp
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public static HttpClient Create(Uri address) => new(new SocketsHttpHandler
    {
        // A proxy named in the environment is for the world outside, and would find itself on loopback.
        UseProxy = !address.IsLoopback,
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout,
    };

    /// <summary>One sentence for a call that brought no answer.</summary>
    public static CliException Unreachable(Uri address, Exception exception) => new(exception switch
    {
        TaskCanceledException => $"{Spell(address)} did not answer within {Timeout.TotalSeconds} s.",
        _ => $"cannot reach {Spell(address)}: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. Is the server running?",
    });

    public static string Spell(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
