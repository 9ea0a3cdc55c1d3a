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

    // A record prints its members; the token is not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Listen = {Listen}, Token = {(Token.Length == 0 ? "none" : "***")}");
        return true;
    }
}
