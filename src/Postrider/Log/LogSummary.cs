using System.Text;

namespace Postrider.Log;

/// <summary>
/// What a log holds, told in a way that does not depend on its partitions and positions: two logs with equal summaries hold the same events
/// with the same ids, each key's in the same order, and owe each destination the same.
/// </summary>
/// <param name="Events">Events, those of kept bodies included.</param>
/// <param name="Checksum">Of their ids, envelopes, bodies, and of the order within each key.</param>
/// <param name="Destinations">By name; those that are forgotten only if they left dead letters or ranges.</param>
internal sealed record LogSummary(long Events, ulong Checksum, IReadOnlyList<DestinationSummary> Destinations)
{
    public static Task<LogSummary> ReadAsync(IEventLog log, CancellationToken cancellationToken) => new LogSummaryReader(log).ReadAsync(cancellationToken);

    public bool Equals(LogSummary? other) =>
        other is not null && Events == other.Events && Checksum == other.Checksum && Destinations.SequenceEqual(other.Destinations);

    public override int GetHashCode() => HashCode.Combine(Events, Checksum, Destinations.Count);

    /// <summary>As a table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append($"events {Events:N0}, checksum {Checksum:x16}").AppendLine();
        foreach (var each in Destinations)
        {
            text.Append($"  {each.Name}: pending {each.Pending:N0}, parked {each.Parked:N0}, dead letters {each.DeadLetters:N0}, given up {each.GivenUp:N0}, checksum {each.Checksum:x16}").AppendLine();
        }

        return text.ToString();
    }
}
