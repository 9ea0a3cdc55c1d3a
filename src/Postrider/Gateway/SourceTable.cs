using System.Security.Cryptography;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>The sources of one configuration, by the hashes of their write keys. Immutable.</summary>
internal sealed class SourceTable
{
    private readonly byte[] _hashes;
    private readonly GatewaySource[] _owners;

    public SourceTable(PostriderConfig config)
    {
        Config = config;
        var hashes = new List<byte>();
        var owners = new List<GatewaySource>();
        foreach (var (name, source) in config.Sources)
        {
            var entry = new GatewaySource(name, ReachableFrom(name, config));
            Default = source.Default ? entry : Default;
            foreach (var key in source.WriteKeys.Append(source.WriteKey).Where(key => !string.IsNullOrEmpty(key)))
            {
                hashes.AddRange(SHA256.HashData(Encoding.UTF8.GetBytes(key!)));
                owners.Add(entry);
            }
        }

        if (config.Sources.Count == 0)
        {
            Default = new GatewaySource("default", ReachableFrom("default", config));
        }

        _hashes = [.. hashes];
        _owners = [.. owners];
    }

    /// <summary>What this table was made from: it is stale when the store holds another.</summary>
    public PostriderConfig Config { get; }

    /// <summary>Takes requests that carry no key; null: there is none.</summary>
    public GatewaySource? Default { get; }

    /// <summary>Finds the owner of a key in a time that depends on the number of keys only, never on which one matches or how far.</summary>
    public GatewaySource? Find(ReadOnlySpan<byte> key)
    {
        // Hashes have one length, so not even the lengths of keys show.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        var found = -1;
        for (var i = 0; i < _owners.Length; i++)
        {
            var known = _hashes.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);
            found = CryptographicOperations.FixedTimeEquals(hash, known) ? i : found;
        }

        return found < 0 ? null : _owners[found];
    }

    private static IEnumerable<string> ReachableFrom(string source, PostriderConfig config) =>
        config.Connections is null
            ? config.Destinations.Keys
            : config.Connections.Where(connection => connection.From == source).Select(connection => connection.To);
}
