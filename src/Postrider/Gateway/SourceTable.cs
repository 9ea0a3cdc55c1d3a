using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>The sources of one configuration, by the hashes of their write keys. Immutable.</summary>
internal sealed class SourceTable
{
    // One table for each configuration, so that all endpoints share its rate limits.
    private static readonly ConditionalWeakTable<PostriderConfig, SourceTable> Tables = [];

    private readonly Dictionary<string, GatewaySource> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, List<(byte[] Hash, GatewaySource Owner)>> _byKey = [];
    private readonly HashSet<string> _listedOrigins;

    private SourceTable(PostriderConfig config)
    {
        Config = config;
        Proxies = new TrustedProxies(config.Gateway);
        var reachable = new Reachable(config);
        foreach (var (name, source) in config.Sources)
        {
            var entry = new GatewaySource(source with { Name = name }, reachable.From(name));
            _byName.Add(name, entry);
            Default = source.Default ? entry : Default;
            foreach (var key in source.WriteKeys.Append(source.WriteKey).Where(key => !string.IsNullOrEmpty(key)))
            {
                var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key!));
                var start = BinaryPrimitives.ReadUInt64LittleEndian(hash);
                _byKey.TryAdd(start, []);
                _byKey[start].Add((hash, entry));
            }
        }

        if (config.Sources.Count == 0)
        {
            Default = new GatewaySource(new SourceConfig { Name = "default", Default = true }, reachable.From("default"));
            _byName.Add(Default.Name, Default);
        }

        TakesAnyOrigin = _byName.Values.Any(source => source.Rules.AllowsAnyOrigin);
        _listedOrigins = new HashSet<string>(_byName.Values.SelectMany(source => source.Config.AllowedOrigins), StringComparer.Ordinal);
    }

    /// <summary>What this table was made from: it is stale when the store holds another.</summary>
    public PostriderConfig Config { get; }

    /// <summary>Who may say where a request comes from.</summary>
    public TrustedProxies Proxies { get; }

    /// <summary>Takes requests that carry no key; null: there is none.</summary>
    public GatewaySource? Default { get; }

    /// <summary>Whether pages of any origin may send to one of the sources.</summary>
    public bool TakesAnyOrigin { get; }

    /// <summary>Whether one of the sources names this origin.</summary>
    public bool Lists(string origin) => _listedOrigins.Contains(origin);

    /// <summary>All sources, by name.</summary>
    public IReadOnlyCollection<GatewaySource> All => _byName.Values;

    /// <summary>The table of a configuration.</summary>
    public static SourceTable Of(PostriderConfig config) => Tables.GetValue(config, static config => new SourceTable(config));

    /// <summary>The source of a name; null: there is none.</summary>
    public GatewaySource? FindByName(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Finds the owner of a key. Looked up by the beginning of the key's SHA-256, of which nobody can choose a part, then compared as a whole in
    /// constant time: how long it takes says nothing of any key.
    /// </summary>
    public GatewaySource? Find(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        GatewaySource? found = null;
        foreach (var (known, owner) in _byKey.GetValueOrDefault(BinaryPrimitives.ReadUInt64LittleEndian(hash), []))
        {
            found = CryptographicOperations.FixedTimeEquals(hash, known) ? owner : found;
        }

        return found;
    }

    // Which destinations each source is connected to.
    private sealed class Reachable(PostriderConfig config)
    {
        private readonly List<DestinationConfig> _all = [.. config.Destinations.Select(pair => pair.Value with { Name = pair.Key })];
        private readonly ILookup<string, string>? _connected = config.Connections?.ToLookup(connection => connection.From, connection => connection.To, StringComparer.Ordinal);

        public List<DestinationConfig> From(string source)
        {
            if (_connected is null)
            {
                return _all;
            }

            return [.. _connected[source].Distinct(StringComparer.Ordinal).Where(config.Destinations.ContainsKey)
                .Select(name => config.Destinations[name] with { Name = name })];
        }
    }
}
