using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>
/// Reads Segment's <c>integrations</c>: <c>All</c> true (as without it) or false, and names that are true, false, or an object, which counts as
/// true. A name means the destinations that have it as their name or alias, upper and lower case alike.
/// </summary>
internal static class IntegrationsReader
{
    /// <summary>Most names kept of those that mean no destination of today: they may mean one of tomorrow, but an event must stay small.</summary>
    public const int MaxUnknownNames = 32;

    /// <summary>Longest name that is kept, in characters: no name or alias of a destination is longer.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Reads the member's value.</summary>
    /// <param name="value">A whole JSON value. What is no object says nothing.</param>
    /// <param name="source">Where the event comes from: it knows the names.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static Integrations Read(ReadOnlySpan<byte> value, GatewaySource source)
    {
        var reader = new Utf8JsonReader(value);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return default;
        }

        // Of a name given twice the last counts.
        var all = true;
        var named = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = NameOf(ref reader);
            reader.Read();
            bool? wanted = reader.TokenType switch
            {
                JsonTokenType.True or JsonTokenType.StartObject => true,
                JsonTokenType.False => false,
                _ => null,
            };
            reader.Skip();
            if (wanted is not { } isWanted || name is null)
            {
                continue;
            }

            if (string.Equals(name, "All", StringComparison.OrdinalIgnoreCase))
            {
                all = isWanted;
            }
            else
            {
                named[name] = isWanted;
            }
        }

        return all ? new Integrations(null, Exclude(named, source)) : new Integrations(Request(named, source), null);
    }

    private static List<string> Request(Dictionary<string, bool> named, GatewaySource source)
    {
        var requested = new List<string>();
        foreach (var name in named.Where(pair => pair.Value).SelectMany(pair => source.DestinationsOf(pair.Key)))
        {
            // Two names may mean one destination; one that is left out by any of them is not asked for.
            if (!requested.Contains(name))
            {
                requested.Add(name);
            }
        }

        requested.RemoveAll(name => named.Any(pair => !pair.Value && source.DestinationsOf(pair.Key).Contains(name)));
        return requested;
    }

    private static List<string>? Exclude(Dictionary<string, bool> named, GatewaySource source)
    {
        var excluded = new List<string>();
        var unknown = 0;
        foreach (var (name, isWanted) in named)
        {
            if (!isWanted && (source.DestinationsOf(name).Count > 0 || unknown++ < MaxUnknownNames))
            {
                excluded.Add(name);
            }
        }

        return excluded.Count == 0 ? null : excluded;
    }

    private static string? NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.ValueSpan.Length <= MaxNameLength * 6 && reader.GetString() is { Length: <= MaxNameLength } name ? name : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate: no name of ours.
            return null;
        }
    }
}
