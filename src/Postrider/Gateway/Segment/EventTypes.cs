using System.Collections.Frozen;
using System.Text;

namespace Postrider.Gateway.Segment;

/// <summary>The calls of the Segment specification, as strings that events share.</summary>
internal static class EventTypes
{
    private static readonly FrozenDictionary<string, byte[]> Quoted =
        new[] { "identify", "track", "page", "screen", "group", "alias", "merge" }
            .ToFrozenDictionary(type => type, type => Encoding.ASCII.GetBytes($"\"{type}\""), StringComparer.Ordinal);

    /// <summary>The type's text, shared where it is known.</summary>
    public static string NameOf(ReadOnlySpan<byte> type)
    {
        foreach (var (name, quoted) in Quoted)
        {
            if (type.SequenceEqual(quoted.AsSpan(1, quoted.Length - 2)))
            {
                return name;
            }
        }

        return Encoding.UTF8.GetString(type);
    }

    /// <summary>A known type in quotes.</summary>
    public static ReadOnlyMemory<byte> Quote(string type) => Quoted[type];
}
