using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Diagnostics;

namespace Postrider.Operations;

/// <summary>Health and the admin API.</summary>
internal sealed partial class AdminEndpoints(
    ServerState state,
    Readiness readiness,
    StatusReport status,
    IConfigStore config,
    IConfigReload reload,
    ILogger<AdminEndpoints> logger)
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", Reading, LiveAsync);
        routes.MapMethods("/health/ready", Reading, ReadyAsync);
        routes.MapMethods("/api/status", Reading, StatusAsync);
        routes.MapMethods("/api/events/{id}", Reading, EventAsync);
        routes.MapPost("/api/destinations/{name}/pause", PauseAsync);
        routes.MapPost("/api/destinations/{name}/resume", ResumeAsync);
        routes.MapPost("/api/config/reload", ReloadAsync);
    }

    private static string RouteText(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static Task RefuseStartingAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return AdminAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The server is starting.");
    }

    private Task LiveAsync(HttpContext context) =>
        AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new LivenessAnswer(true), AdminJson.Readable.LivenessAnswer);

    private Task ReadyAsync(HttpContext context)
    {
        var report = readiness.Check();
        var code = report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return AdminAnswers.WriteAsync(context, code, report, AdminJson.Readable.ReadinessReport);
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (await status.GetAsync(context.RequestAborted).ConfigureAwait(false) is { } report)
        {
            await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, report, AdminJson.Readable.ServerStatus).ConfigureAwait(false);
        }
        else
        {
            await RefuseStartingAsync(context).ConfigureAwait(false);
        }
    }

    private async Task EventAsync(HttpContext context)
    {
        if (state.Running is not { } running)
        {
            await RefuseStartingAsync(context).ConfigureAwait(false);
            return;
        }

        var id = RouteText(context, "id");
        if (await running.Delivery.FindEventAsync(id, context.RequestAborted).ConfigureAwait(false) is not { } story)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"No event of this log has the id '{id}'.").ConfigureAwait(false);
            return;
        }

        var withBody = string.Equals(context.Request.Query["body"], "true", StringComparison.OrdinalIgnoreCase);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, EventReport.Describe(story, withBody), AdminJson.Readable.EventAnswer)
            .ConfigureAwait(false);
    }

    private Task PauseAsync(HttpContext context) =>
        ControlAsync(context, (delivery, name) => delivery.PauseAsync(name, context.RequestAborted), Log.Paused);

    private Task ResumeAsync(HttpContext context) =>
        ControlAsync(context, (delivery, name) => delivery.ResumeAsync(name, context.RequestAborted), Log.Resumed);

    private async Task ControlAsync(HttpContext context, Func<IDeliveryControl, string, Task<bool>> control, Action<ILogger, string> tell)
    {
        if (state.Running is not { } running)
        {
            await RefuseStartingAsync(context).ConfigureAwait(false);
            return;
        }

        var name = RouteText(context, "name");
        if (await control(running.Delivery, name).ConfigureAwait(false))
        {
            tell(logger, name);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var known = string.Join(", ", config.Current.Destinations.Keys.Order(StringComparer.Ordinal));
        var error = $"There is no destination '{name}'. " + (known.Length > 0 ? $"Known: {known}." : "None is configured.");
        await AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, error).ConfigureAwait(false);
    }

    private async Task ReloadAsync(HttpContext context)
    {
        // Not the request's token: a client that leaves must not leave half a reload behind.
        var errors = await reload.ReloadAsync(CancellationToken.None).ConfigureAwait(false);
        if (errors.Count > 0)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "The configuration is not valid: nothing changed.", errors)
                .ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new ReloadAnswer(true), AdminJson.Readable.ReloadAnswer).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DestinationPaused, LogLevel.Information, "Destination {Destination} paused through the admin API; it keeps its backlog")]
        public static partial void Paused(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DestinationResumed, LogLevel.Information, "Destination {Destination} resumed through the admin API")]
        public static partial void Resumed(ILogger logger, string destination);
    }
}
