using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Destinations as the fields of one hash: a field's name is the destination's, a zero byte, and a letter for the part.</summary>
internal static class DestinationCodec
{
    private const int Paused = 1;
    private const int Disabled = 2;

    public static byte[] Control(DestinationControl control) =>
        new StateWriter().Byte((control.Paused ? Paused : 0) | (control.DisabledReason is null ? 0 : Disabled)).Rest(control.DisabledReason ?? "").ToArray();

    /// <summary>Counters, read position, outstanding positions. Parked events are counted apart: others than saves change them.</summary>
    public static byte[] Progress(Progress progress, DestinationCounters counters) => new StateWriter()
        .Number(counters.Delivered).Number(counters.FailedAttempts).Number(progress.ReadPosition).Rest(ProgressCodec.Write(progress.Outstanding)).ToArray();

    public static string Field(string destination, char part) => $"{destination}\0{part}";

    /// <summary>All that are not forgotten, by name.</summary>
    /// <param name="hash">Names and values in turn.</param>
    public static List<DestinationRecord> ReadAll(RedisResult[] hash) =>
        [.. Parts(hash).Where(parts => !parts.Value.ContainsKey('f')).Select(parts => Read(parts.Key, parts.Value)).OrderBy(record => record.Name, StringComparer.Ordinal)];

    /// <summary>The names of all that have ever been registered.</summary>
    public static List<string> ReadNames(RedisResult[] hash) => [.. Parts(hash).Keys.Order(StringComparer.Ordinal)];

    public static long CountLetters(RedisResult[] hash) => Parts(hash).Values.Sum(parts => Number(parts, 'd'));

    private static Dictionary<string, Dictionary<char, byte[]>> Parts(RedisResult[] hash)
    {
        var destinations = new Dictionary<string, Dictionary<char, byte[]>>(StringComparer.Ordinal);
        for (var i = 0; i < hash.Length; i += 2)
        {
            var field = (string)hash[i]!;
            var name = field[..^2];
            if (!destinations.TryGetValue(name, out var parts))
            {
                destinations.Add(name, parts = []);
            }

            parts.Add(field[^1], (byte[])hash[i + 1]!);
        }

        return destinations;
    }

    private static DestinationRecord Read(string name, Dictionary<char, byte[]> parts)
    {
        var reader = new StateReader(parts['p']);
        var (delivered, failed, read) = (reader.Number(), reader.Number(), reader.Number());
        var outstanding = ProgressCodec.Read(reader.Rest());
        var control = new StateReader(parts['c']);
        var flags = control.Byte();
        return new DestinationRecord
        {
            Name = name,
            StartPosition = Number(parts, 's'),
            Progress = new Progress(read, outstanding),
            Control = new DestinationControl((flags & Paused) != 0, (flags & Disabled) != 0 ? control.RestText() : null),
            Counters = new DestinationCounters(delivered, failed, Number(parts, 'k')),
            DeadLetters = Number(parts, 'd'),
            LastListed = StateTime.From(Number(parts, 'l')),
        };
    }

    private static long Number(Dictionary<char, byte[]> parts, char part) =>
        parts.TryGetValue(part, out var text) ? long.Parse(Encoding.ASCII.GetString(text), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
}
