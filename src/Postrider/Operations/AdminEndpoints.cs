using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Health, the status, one event's story, and the reload of the configuration.</summary>
internal sealed class AdminEndpoints(AdminCalls calls, Readiness readiness, StatusReport status, IConfigReload reload)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", AdminCalls.Reading, LiveAsync);
        routes.MapMethods("/health/ready", AdminCalls.Reading, ReadyAsync);
        routes.MapMethods("/api/status", AdminCalls.Reading, StatusAsync);
        routes.MapMethods("/api/events/{id}", AdminCalls.Reading, calls.OnDelivery(EventAsync));
        routes.MapPost("/api/config/reload", ReloadAsync);
    }

    private static Task LiveAsync(HttpContext context) =>
        AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new LivenessAnswer(true), AdminJson.Readable.LivenessAnswer);

    private static async Task EventAsync(HttpContext context, IDeliveryControl delivery)
    {
        var id = AdminCalls.RouteText(context, "id");
        if (await delivery.FindEventAsync(id, context.RequestAborted).ConfigureAwait(false) is not { } story)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"No event of this log has the id '{id}'.").ConfigureAwait(false);
            return;
        }

        var withBody = string.Equals(context.Request.Query["body"], "true", StringComparison.OrdinalIgnoreCase);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, EventReport.Describe(story, withBody), AdminJson.Readable.EventAnswer)
            .ConfigureAwait(false);
    }

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
            await AdminCalls.RefuseStartingAsync(context).ConfigureAwait(false);
        }
    }

    private async Task ReloadAsync(HttpContext context)
    {
        // Not the request's token: a client that leaves takes nothing back. Where the log is away it is told so, and may come again.
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        IReadOnlyList<string> errors;
        try
        {
            errors = await reload.ReloadAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (patience.IsCancellationRequested)
        {
            throw new LogUnavailableException("Another reload waits for the log.", Patience, exception);
        }

        if (errors.Count > 0)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "The configuration is not valid: nothing changed.", errors)
                .ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new ReloadAnswer(true), AdminJson.Readable.ReloadAnswer).ConfigureAwait(false);
    }
}
