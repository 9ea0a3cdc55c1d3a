namespace Postrider.Log;

/// <summary>How far one destination has come in one partition.</summary>
/// <param name="ReadPosition">Everything from here on has not been looked at.</param>
/// <param name="Outstanding">The positions below it that are not settled, ascending. All others below it are: this is the list of
/// settled ranges above the cursor, written from its other side because it is the shorter.</param>
internal sealed record Progress(long ReadPosition, IReadOnlyList<long> Outstanding)
{
    /// <summary>Every position below it is settled.</summary>
    public long Cursor => Outstanding.Count > 0 ? Outstanding[0] : ReadPosition;

    public static Progress StartingAt(long position) => new(position, []);
}
