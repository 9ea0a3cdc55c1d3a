namespace Postrider.Server.Cli;

/// <summary>JSON on the command line.</summary>
internal static class Payloads
{
    public const string Forms = "Any JSON, or @FILE, or - to read standard input.";

    public static async Task<string> ReadAsync(string given, CancellationToken cancellationToken)
    {
        try
        {
            return given switch
            {
                "-" => await Console.In.ReadToEndAsync(cancellationToken),
                ['@', .. var path] => await File.ReadAllTextAsync(path, cancellationToken),
                _ => given,
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(exception.Message, ExitCodes.BadUsage);
        }
    }
}
