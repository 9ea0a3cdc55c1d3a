using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Gateway.CloudEvents;
using Postrider.Gateway.Segment;
using Postrider.Gateway.Webhooks;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>All that the gateway's listener serves, by path and method.</summary>
internal sealed class GatewayEndpoint
{
    private readonly PostriderMetrics _metrics;
    private readonly IConfigStore _config;
    private readonly PublishEndpoint _publish;
    private readonly SegmentEndpoint _segment;
    private readonly WebhookEndpoint _webhooks;
    private readonly CloudEventsEndpoint _cloudEvents;
    private volatile bool _isStopping;

    public GatewayEndpoint(
        IEventLog log,
        IConfigStore config,
        PostriderMetrics metrics,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _metrics = metrics;
        _config = config;
        Receiving = new ReceiveBudget();
        var authenticator = new SourceAuthenticator();
        var receiver = new BodyReceiver(Receiving, time);
        _publish = new PublishEndpoint(log, config, authenticator, receiver, metrics, time, loggers.CreateLogger<PublishEndpoint>());
        var quarantine = new Quarantine(log, metrics, loggers.CreateLogger<Quarantine>());
        _segment = new SegmentEndpoint(log, config, authenticator, receiver, Receiving, quarantine, metrics, time, loggers.CreateLogger<SegmentEndpoint>());
        var door = new EventDoor(log, Receiving, metrics, time, loggers.CreateLogger<EventDoor>());
        _webhooks = new WebhookEndpoint(door, config, time);
        _cloudEvents = new CloudEventsEndpoint(door, quarantine, config, time);
        metrics.Meter.CreateObservableUpDownCounter(
            "postrider.gateway.receiving", () => Receiving.Taken, "By", "Request bodies in memory, received and not yet stored.");
    }

    /// <summary>All that it serves, by method and path, with what varies of a path in braces.</summary>
    public static IEnumerable<(string Method, string Path)> Routes =>
    [
        (HttpMethods.Post, PublishEndpoint.Path),
        .. SegmentRoutes.All.Select(route => (route.Value.Method, route.Key)),
        (HttpMethods.Post, CloudEventsEndpoint.Path),
        .. WebhookEndpoint.Methods.Select(method => (method, WebhookEndpoint.PathPrefix + "{source}")),
        (HttpMethods.Get, OpenApiEndpoint.Path),
    ];

    /// <summary>The bytes of all request bodies in memory.</summary>
    public ReceiveBudget Receiving { get; }

    public Task HandleAsync(HttpContext context) =>
        PostriderTracing.Source.HasListeners() ? RequestSpan.RunAsync(context, RouteOf(context.Request.Path.Value), RouteAsync) : RouteAsync(context);

    /// <summary>From here on every event is refused with 503; those on their way finish. The first step of an orderly stop.</summary>
    public void StopAccepting() => _isStopping = true;

    private static string? RouteOf(string? path) =>
        path is PublishEndpoint.Path or CloudEventsEndpoint.Path or OpenApiEndpoint.Path || SegmentRoutes.Find(path ?? "") is not null ? path
            : path?.StartsWith(WebhookEndpoint.PathPrefix, StringComparison.Ordinal) is true ? WebhookEndpoint.PathPrefix + "{source}"
            : null;

    private Task RouteAsync(HttpContext context)
    {
        // Publishing first: it is nearly all that comes. Paths are matched to the letter.
        var path = context.Request.Path.Value;
        if (path != PublishEndpoint.Path)
        {
            return SegmentRoutes.Find(path ?? "") is { } route ? _segment.HandleAsync(context, route, _isStopping)
                : path == CloudEventsEndpoint.Path ? TakeCloudEvents(context)
                : path?.StartsWith(WebhookEndpoint.PathPrefix, StringComparison.Ordinal) is true ? TakeWebhook(context)
                : path == OpenApiEndpoint.Path ? DescribeAsync(context)
                : Refuse(context, GatewayErrors.NotFound);
        }

        if (IsPreflightOfAPage(context))
        {
            return Task.CompletedTask;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return Refuse(context, GatewayErrors.MethodNotAllowed);
        }

        return _isStopping ? RefuseStopping(context) : _publish.HandleAsync(context);
    }

    private Task TakeCloudEvents(HttpContext context) =>
        IsPreflightOfAPage(context) ? Task.CompletedTask : _isStopping ? RefuseStopping(context) : _cloudEvents.HandleAsync(context);

    private Task TakeWebhook(HttpContext context) =>
        IsPreflightOfAPage(context) ? Task.CompletedTask : _isStopping ? RefuseStopping(context) : _webhooks.HandleAsync(context);

    // Most requests are no page's: a look at one header is all that they pay.
    private bool IsPreflightOfAPage(HttpContext context) =>
        context.Request.Headers.Origin.Count > 0 && Cors.TryAnswerPreflight(context, SourceTable.Of(_config.Current), HttpMethods.Post);

    private Task DescribeAsync(HttpContext context)
    {
        if (OpenApiEndpoint.TryAnswer(context))
        {
            return Task.CompletedTask;
        }

        context.Response.Headers.Allow = HttpMethods.Get;
        return Refuse(context, GatewayErrors.MethodNotAllowed);
    }

    private Task RefuseStopping(HttpContext context)
    {
        // The client's next request should find the next process.
        GatewayAnswer.CloseConnection(context);
        return Refuse(context, GatewayErrors.Stopping);
    }

    private Task Refuse(HttpContext context, GatewayError error)
    {
        _metrics.RequestRefused(error.Type);
        GatewayAnswer.WriteError(context, error);
        return Task.CompletedTask;
    }
}
