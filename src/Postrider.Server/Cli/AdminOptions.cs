using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary>Where a verb finds the running server that it asks.</summary>
internal sealed class AdminOptions
{
    private const string Default = "http://127.0.0.1:3001";

    private readonly Option<Uri> _admin = SharedOptions.Address("--admin", "The admin listener.", Default);
    private readonly Option<string?> _token = SharedOptions.Token();

    /// <summary>Adds them to a verb.</summary>
    public static AdminOptions AddTo(Command command)
    {
        var options = new AdminOptions();
        command.Add(options._admin);
        command.Add(options._token);
        return options;
    }

    /// <summary>What a further command needs to find the same server: empty, or <c> --admin URL</c>.</summary>
    public static string Hint(Uri address) => address == new Uri(Default) ? "" : $" --admin {address.GetLeftPart(UriPartial.Authority)}";

    public AdminClient Connect(ParseResult parsed) => new(
        parsed.GetRequiredValue(_admin), parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable(SharedOptions.TokenVariable));
}
