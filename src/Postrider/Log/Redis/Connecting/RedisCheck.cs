using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>All that is asked of a server when it has been connected: what a success answer is worth there, and what our user may do.</summary>
internal sealed partial class RedisCheck(DurabilityDemand demand, PermissionCheck permissions, TimeProvider time, ILogger<RedisCheck> logger, bool hasSentinels = false)
{
    /// <summary>The topology without any.</summary>
    public const string OneServer = "one server";

    private static readonly TimeSpan LoadingPoll = TimeSpan.FromMilliseconds(250);

    private volatile string? _promise;
    private volatile string? _refusal;
    private volatile string? _topology;

    /// <summary>What a success answer means on the server that was checked last; null: none was.</summary>
    public string? Promise => _promise;

    /// <summary>Of how many servers Redis consists, and who decides which of them are masters; null: none was checked.</summary>
    public string? Topology => _topology;

    /// <summary>Checks a server. One that loads its data is waited for.</summary>
    /// <returns>Why it must not be used, and the cure; null: it may be.</returns>
    public async Task<string?> CheckAsync(IServer server, CancellationToken cancellationToken)
    {
        var facts = await ReadAsync(server, cancellationToken).ConfigureAwait(false);
        if (facts.IsReplica)
        {
            return DurabilityCheck.FindRefusal(facts, demand);
        }

        // A cluster has several; where Sentinels decide, a new one and the old may seem to be for a moment.
        var isAlone = hasSentinels || facts.Mode == "cluster" || server.Multiplexer.GetServers().Count(each => each is { IsConnected: true, IsReplica: false }) <= 1;
        var refusal = !isAlone
            ? "log.connection names several servers that are masters of their own; name one, and its replicas"
            : DurabilityCheck.FindRefusal(facts, demand) ?? await permissions.FindRefusalAsync(server, cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
        {
            // While it is refused it is asked each second.
            if (_refusal != refusal)
            {
                Log.Refused(logger, server.EndPoint.ToString(), refusal);
            }

            _refusal = refusal;
            return refusal;
        }

        _refusal = null;
        var promise = DurabilityCheck.Describe(facts, demand);
        var topology = DescribeTopology(server, facts);
        if (_promise != promise || _topology != topology)
        {
            (_promise, _topology) = (promise, topology);
            Log.Checked(logger, facts.Version?.ToString() ?? "?", server.EndPoint.ToString(), topology, promise);
        }

        return null;
    }

    private string DescribeTopology(IServer server, ServerFacts facts)
    {
        var servers = server.Multiplexer.GetServers();
        var (masters, replicas) = (servers.Count(static each => !each.IsReplica), servers.Count(static each => each.IsReplica));
        var text = facts.Mode == "cluster" ? $"Redis Cluster, {Count(masters, "master")}" : hasSentinels ? "one master, chosen by Sentinels" : OneServer;
        return replicas == 0 ? text : $"{text}, {Count(replicas, "replica")}";
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private async Task<ServerFacts> ReadAsync(IServer server, CancellationToken cancellationToken)
    {
        var said = false;
        while (true)
        {
            var facts = await ServerFacts.ReadAsync(server).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!facts.IsLoading)
            {
                return facts;
            }

            if (!said)
            {
                Log.Loading(logger, server.EndPoint.ToString(), facts.LoadingTime?.TotalSeconds ?? 0);
                said = true;
            }

            await Task.Delay(LoadingPoll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisChecked, LogLevel.Information, "Redis {Version} at {Server} was checked ({Topology}). {Promise}")]
        public static partial void Checked(ILogger logger, string version, string? server, string topology, string promise);

        [LoggerMessage(LogEvents.RedisRefused, LogLevel.Error, "Redis at {Server} is not used: {Reason}.")]
        public static partial void Refused(ILogger logger, string? server, string reason);

        [LoggerMessage(LogEvents.RedisLoading, LogLevel.Warning, "Redis at {Server} loads its data, some {Seconds} s more by its own estimate; waiting.")]
        public static partial void Loading(ILogger logger, string? server, double seconds);
    }
}
