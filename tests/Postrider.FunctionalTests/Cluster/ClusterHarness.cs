using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Redis;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>One Redis and any number of real processes on it.</summary>
internal sealed class ClusterHarness : IAsyncDisposable
{
    public const int Partitions = 8;

    /// <summary>Short, so that what waits for its end does not wait for long.</summary>
    public const int LeaseSeconds = 2;

    private readonly List<PostriderServer> _servers = [];

    public RedisProcess Redis { get; } = new();

    /// <summary>The destinations' lines.</summary>
    public required string Destinations { get; init; }

    /// <summary>Further members of the log.</summary>
    public string Log { get; init; } = "";

    public async Task StartAsync() => await Redis.StartAsync();

    public string Configuration(string? destinations = null, int? port = null) => string.Create(CultureInfo.InvariantCulture, $$"""
        log: { type: redis, connection: "127.0.0.1:{{port ?? Redis.Port}}", durability: fsync, partitions: {{Partitions}}, lease: {{LeaseSeconds}}s {{Log}} }
        delivery: { handoverTimeout: 3s }
        destinations:
        {{destinations ?? Destinations}}
        """);

    /// <summary>A process that is not started yet.</summary>
    public PostriderServer Add(string role, string? destinations = null, int? port = null)
    {
        var server = new PostriderServer(Configuration(destinations, port)) { Role = role };
        _servers.Add(server);
        return server;
    }

    public async Task<PostriderServer> StartAsync(string role, string? destinations = null, int? port = null)
    {
        var server = Add(role, destinations, port);
        await server.StartAsync();
        return server;
    }

    /// <summary>Waits until all partitions belong to these routers alone, each with its share.</summary>
    public static async Task WaitUntilSharedAsync(params PostriderServer[] routers)
    {
        var most = (Partitions + routers.Length - 1) / routers.Length;
        await Eventually.GetAsync(
            $"{routers.Length} routers share the partitions",
            routers[0].StatusAsync,
            status => status.Members.Where(member => member.Role != "gateway").Select(member => member.Partitions.Count).ToList() is var owned
                && owned.Count == routers.Length && owned.Sum() == Partitions && owned.TrueForAll(count => count <= most),
            routers[0].Describe,
            TimeSpan.FromSeconds(30));
    }

    public string Describe() => string.Join('\n', _servers.Select(server => $"=== {server.Role}{server.Describe()}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }
}
