using System.Globalization;
using System.Text.RegularExpressions;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>What routers said of attempts that had no answer before their deadline.</summary>
internal sealed partial class DeadlineLog
{
    private readonly HashSet<(string Id, string Destination, int Attempt)> _missed = [];

    /// <summary>Reads what a router's present process has written.</summary>
    public void Read(PostriderServer router)
    {
        foreach (Match match in Line().Matches(router.Process.Output))
        {
            _missed.Add((match.Groups["id"].Value, match.Groups["destination"].Value, int.Parse(match.Groups["attempt"].Value, CultureInfo.InvariantCulture)));
        }
    }

    public bool Missed(string id, string destination, int attempt) => _missed.Contains((id, destination, attempt));

    [GeneratedRegex(@"Attempt (?<attempt>\d+) of (?<id>\S+) to (?<destination>\S+) ended as retry after [\d.]+ ms: timeout")]
    private static partial Regex Line();
}
