using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>All that the gateway's listener serves, by path and method.</summary>
internal sealed class GatewayEndpoint
{
    private readonly PostriderMetrics _metrics;
    private readonly PublishEndpoint _publish;
    private volatile bool _isStopping;

    public GatewayEndpoint(
        IEventLog log,
        IConfigStore config,
        PostriderMetrics metrics,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _metrics = metrics;
        Receiving = new ReceiveBudget();
        _publish = new PublishEndpoint(log, config, Receiving, metrics, time, loggers.CreateLogger<PublishEndpoint>());
        metrics.Meter.CreateObservableUpDownCounter(
            "postrider.gateway.receiving", () => Receiving.Taken, "By", "Request bodies in memory, received and not yet stored.");
    }

    /// <summary>The bytes of all request bodies in memory.</summary>
    public ReceiveBudget Receiving { get; }

    public Task HandleAsync(HttpContext context)
    {
        // Publishing first: it is nearly all that comes. Paths are matched to the letter.
        if (context.Request.Path.Value != "/publish")
        {
            return Refuse(context, GatewayErrors.NotFound);
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return Refuse(context, GatewayErrors.MethodNotAllowed);
        }

        return _isStopping ? RefuseStopping(context) : _publish.HandleAsync(context);
    }

    /// <summary>From here on every event is refused with 503; those on their way finish. The first step of an orderly stop.</summary>
    public void StopAccepting() => _isStopping = true;

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
