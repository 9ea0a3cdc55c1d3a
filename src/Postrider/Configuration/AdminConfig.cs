using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>Where operators look.</summary>
public sealed record AdminConfig
{
    /// <summary>Scheme, address and port. Default <c>http://127.0.0.1:3001</c>; port 0 takes a free one.</summary>
    [Description("Scheme, address and port. Anything but loopback needs a token.")]
    public string Listen { get; init; } = "http://127.0.0.1:3001";

    /// <summary>Asked of every call but health, as <c>Authorization: Bearer</c>. Empty: none, allowed on loopback only.</summary>
    [Description("Asked of every call but health, as 'Authorization: Bearer TOKEN'. Empty: none, allowed on loopback only.")]
    public string Token { get; init; } = "";

    /// <summary>
    /// The folder for the history of a log on Redis, relative to the configuration file; the reader makes it absolute. The embedded log keeps it
    /// with itself. Default <c>./data/history</c>.
    /// </summary>
    [Description("The folder for the history where the log is on Redis, relative to this file. The embedded log keeps it with itself.")]
    public string History { get; init; } = "./data/history";

    // A record prints its members; the token is not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Listen = {Listen}, Token = {(Token.Length == 0 ? "none" : "***")}, History = {History}");
        return true;
    }
}
