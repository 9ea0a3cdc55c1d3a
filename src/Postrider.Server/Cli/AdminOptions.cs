using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary>Where a verb finds the running server that it asks.</summary>
internal sealed class AdminOptions
{
    public const string Default = "http://127.0.0.1:3001";
    public const string AddressName = "--admin";
    public const string TokenName = "--token";

    private readonly Option<Uri> _admin = SharedOptions.Address(
        AddressName, $"The admin listener. Left out: the environment's {SharedOptions.AdminVariable}.", Default, SharedOptions.AdminVariable);

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

    public AdminClient Connect(ParseResult parsed) => new(AddressOf(parsed), TokenOf(parsed));

    public Uri AddressOf(ParseResult parsed) => parsed.GetRequiredValue(_admin);

    /// <summary>Whether someone said which server is meant, here or in the environment.</summary>
    public bool IsGiven(ParseResult parsed) =>
        parsed.GetResult(_admin) is { Implicit: false } || Environment.GetEnvironmentVariable(SharedOptions.AdminVariable) is { Length: > 0 };

    public string? TokenOf(ParseResult parsed) => parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable(SharedOptions.TokenVariable);
}
