using Postrider.Load.Generating;
using Postrider.Load.Receiving;

namespace Postrider.Load.Running;

/// <summary>What one run's world consists of.</summary>
/// <param name="Receivers">Webhook receivers of the sink.</param>
/// <param name="Connections">Of the generator.</param>
/// <param name="Users">Of the generator.</param>
/// <param name="Requests">What the generator sends, given the server's port.</param>
/// <param name="Configuration">Sources, destinations and connections of the server, as YAML.</param>
internal sealed record RigPlan(int Receivers, int Connections, int Users, Func<int, IRequestTemplate> Requests, Func<Sink, string> Configuration)
{
    /// <summary>Keeps the log in a Redis of this durability, whatever the options say; null: as they say.</summary>
    public RedisDurability? Redis { get; init; }

    /// <summary>Further members of <c>log</c> where it is in Redis, each with a comma ahead.</summary>
    public string MoreOfLog { get; init; } = "";

    /// <summary>Of a log in Redis.</summary>
    public int Partitions { get; init; } = 16;

    /// <summary>What the server does that events are published to: <c>both</c> or <c>gateway</c>.</summary>
    public string Role { get; init; } = "both";

    /// <summary>Publishes to the default source, from which every event goes to every receiver.</summary>
    public static RigPlan Webhooks(LoadOptions options, int receivers) =>
        new(
            receivers,
            options.Connections,
            options.Users,
            port => new RequestTemplate(port, options.BodyBytes),
            sink => ServerConfig.Webhooks([.. Enumerable.Range(0, receivers).Select(sink.UrlOf)]));
}
