using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>Where operators look, and who they are.</summary>
public sealed record AdminConfig
{
    /// <summary>Scheme, address and port. Default <c>http://127.0.0.1:3001</c>; port 0 takes a free one.</summary>
    [Description("Scheme, address and port. Anything but loopback needs a token or trusted proxies.")]
    public string Listen { get; init; } = "http://127.0.0.1:3001";

    /// <summary>Makes whoever sends it an operator. Empty: there is none.</summary>
    [Secret]
    [Description("Makes whoever sends it as 'Authorization: Bearer TOKEN', or logs in with it, an operator. Without any token and proxy, loopback asks nobody.")]
    public string Token { get; init; } = "";

    /// <summary>
    /// The folder for the history of a log on Redis, relative to the configuration file; the reader makes it absolute. The embedded log keeps it
    /// with itself. Default <c>./data/history</c>.
    /// </summary>
    [Description("The folder for the history where the log is on Redis, relative to this file. The embedded log keeps it with itself.")]
    public string History { get; init; } = "./data/history";

    /// <summary>Whether the listener has the web console. Default true. Read at the start.</summary>
    [Description("Whether the listener has the web console. Read at the start; the API, health and metrics are there in any case.")]
    public bool Console { get; init; } = true;

    /// <summary>Further tokens of operators, for rotation.</summary>
    [Secret]
    [Description("Further tokens of operators, for rotation.")]
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Makes whoever sends it a reader: sees no payloads, changes nothing. Empty: there is none.</summary>
    [Secret]
    [Description("Makes whoever sends it a reader, who sees no payloads and changes nothing.")]
    public string ReadToken { get; init; } = "";

    /// <summary>Further tokens of readers, for rotation.</summary>
    [Secret]
    [Description("Further tokens of readers, for rotation.")]
    public IReadOnlyList<string> ReadTokens { get; init; } = [];

    /// <summary>Networks of proxies that authenticate people and say in headers who they are. Default: none is believed.</summary>
    [Description("Networks of proxies that authenticate people and say in headers who they are, as [10.1.2.3, \"fd00::/8\"]. Headers of others are ignored.")]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The header with the user's name. Default <c>X-Forwarded-User</c>.</summary>
    [Description("The header in which a trusted proxy names the user.")]
    public string UserHeader { get; init; } = "X-Forwarded-User";

    /// <summary>The header with the user's groups, parted by commas. Null: every user of the proxies is an operator.</summary>
    [Description("The header in which a trusted proxy names the user's groups, parted by commas. Left out: every user is an operator.")]
    public string? GroupsHeader { get; init; }

    /// <summary>Groups whose members are operators.</summary>
    [Description("Groups whose members are operators.")]
    public IReadOnlyList<string> OperatorGroups { get; init; } = [];

    /// <summary>Groups whose members are readers, unless another group makes them operators.</summary>
    [Description("Groups whose members are readers, unless another group makes them operators.")]
    public IReadOnlyList<string> ReaderGroups { get; init; } = [];

    /// <summary>Names by which the listener may be called, without ports. Empty: loopback by its own names only, other listeners by any.</summary>
    [Description("Names by which the listener may be called, without ports, as [postrider.example.com]. Left out: loopback by its own names only, other listeners by any.")]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>All tokens of operators.</summary>
    internal IEnumerable<string> AllTokens => Token.Length == 0 ? Tokens : Tokens.Prepend(Token);

    /// <summary>All tokens of readers.</summary>
    internal IEnumerable<string> AllReadTokens => ReadToken.Length == 0 ? ReadTokens : ReadTokens.Prepend(ReadToken);

    // A record prints its members; tokens are not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Listen = {Listen}, Tokens = {AllTokens.Count()}, ReadTokens = {AllReadTokens.Count()}, TrustedProxies = {TrustedProxies.Count}, History = {History}");
        return true;
    }
}
