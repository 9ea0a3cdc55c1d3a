using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>Two gateways, three routers, their Redis, two webhooks and a MongoDB server; each process has lines of its own to the others, which can be cut.</summary>
internal sealed class ClusterSite : IAsyncDisposable
{
    public const string Mirror = "mirror";

    private const string Database = "torture";
    private const string Collection = "users";

    private readonly WebhookReceiver _steadyReceiver;
    private readonly WebhookReceiver _troubledReceiver;
    private readonly WireServer _mongo = new();
    private readonly Dictionary<PostriderServer, TcpLine> _toRedis = [];
    private readonly Dictionary<PostriderServer, TcpLine[]> _toReceivers = [];

    private ClusterSite(ClusterHarness cluster, WebhookReceiver steady, WebhookReceiver troubled)
    {
        (Cluster, _steadyReceiver, _troubledReceiver) = (cluster, steady, troubled);
        _mongo.Commands.Updated = Upserts.Take;
        Gateways = [Add("gateway", 0), Add("gateway", 1)];
        Routers = [Add("router", 0), Add("router", 1), Add("router", 2)];
    }

    public ClusterHarness Cluster { get; }

    public TortureWebhook[] Webhooks { get; private init; } = [];

    public UpsertHistory Upserts { get; } = new();

    public PostriderServer[] Gateways { get; }

    public PostriderServer[] Routers { get; }

    public static async Task<ClusterSite> StartAsync()
    {
        var (steady, troubled) = (new TortureWebhook("steady", troubled: false), new TortureWebhook("troubled", troubled: true));
        var cluster = new ClusterHarness { Destinations = "", Log = ", retain: 0s" };
        await cluster.StartAsync();
        var (one, other) = (await WebhookReceiver.StartAsync(steady.Take, keeps: false), await WebhookReceiver.StartAsync(troubled.Take, keeps: false));
        one.Unheard = steady.Unheard;
        other.Unheard = troubled.Unheard;
        return new ClusterSite(cluster, one, other) { Webhooks = [steady, troubled] };
    }

    /// <summary>What all deliveries of a router are addressed to.</summary>
    public string PathOf(PostriderServer router) => PathOf(Array.IndexOf(Routers, router));

    public TcpLine ToRedis(PostriderServer server) => _toRedis[server];

    public IReadOnlyList<TcpLine> ToReceivers(PostriderServer router) => _toReceivers[router];

    /// <summary>What is wrong with the documents at the end.</summary>
    public IEnumerable<string> JudgeUpserts(IReadOnlyDictionary<string, (SentEvent Sent, string Id)> newest) =>
        Upserts.Judge(_mongo.Commands.DocumentsOf(Database, Collection), newest);

    public async ValueTask DisposeAsync()
    {
        foreach (var line in _toRedis.Values.Concat(_toReceivers.Values.SelectMany(lines => lines)))
        {
            line.Mend();
        }

        await Cluster.DisposeAsync();
        foreach (var line in _toRedis.Values.Concat(_toReceivers.Values.SelectMany(lines => lines)))
        {
            await line.DisposeAsync();
        }

        await _steadyReceiver.DisposeAsync();
        await _troubledReceiver.DisposeAsync();
        await _mongo.DisposeAsync();
    }

    private static string PathOf(int number) => $"/router-{number}";

    private PostriderServer Add(string role, int number)
    {
        var redis = new TcpLine(Cluster.Redis.Port);
        TcpLine[] receivers = [new(_steadyReceiver.Address.Port), new(_troubledReceiver.Address.Port), new(_mongo.Port)];
        var timeout = $"timeout: {ClusterFault.AttemptTimeout.TotalSeconds:0}s";
        const string retry = "retry: { initial: 200ms, max: 1s }";
        var destinations = PostriderServer.Webhook("steady", At(receivers[0], number), timeout, retry)
            + PostriderServer.Webhook("troubled", At(receivers[1], number), timeout, retry)
            + $"""
                 {Mirror}:
                   type: mongodb
                   connection: mongodb://127.0.0.1:{receivers[2].Port}/
                   database: {Database}
                   collection: {Collection}
                   mode: upsert
                   key: userId
                   {timeout}
                   {retry}

               """;
        var server = Cluster.Add(role, destinations, redis.Port);
        (_toRedis[server], _toReceivers[server]) = (redis, receivers);
        return server;
    }

    private static Uri At(TcpLine line, int number) => new($"http://127.0.0.1:{line.Port}{PathOf(number)}");
}
