using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Health, the status, and one event's story.</summary>
internal sealed class AdminEndpoints(AdminCalls calls, Readiness readiness, IOperations operations)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", AdminCalls.Reading, LiveAsync).WithMetadata(AccessRule.Open);
        routes.MapMethods("/health/ready", AdminCalls.Reading, ReadyAsync).WithMetadata(AccessRule.Open);
        routes.MapMethods("/api/status", AdminCalls.Reading, StatusAsync).WithMetadata(AccessRule.Reader);
        routes.MapMethods("/api/events/{id}", AdminCalls.Reading, calls.WhenStarted(EventAsync)).WithMetadata(AccessRule.Reader);
    }

    private static Task LiveAsync(HttpContext context) =>
        AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new LivenessAnswer(true), AdminJson.Readable.LivenessAnswer);

    private async Task EventAsync(HttpContext context)
    {
        var id = AdminCalls.RouteText(context, "id");
        var isReader = AdminCalls.IsReader(context);
        var withBody = !isReader && string.Equals(context.Request.Query["body"], "true", StringComparison.OrdinalIgnoreCase);
        if (await operations.FindEventAsync(id, withBody, context.RequestAborted).ConfigureAwait(false) is not { } answer)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"No event of this log has the id '{id}'.").ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, isReader ? answer.WithoutPayload() : answer, AdminJson.Readable.EventAnswer).ConfigureAwait(false);
    }

    private Task ReadyAsync(HttpContext context)
    {
        var report = readiness.Check();
        var code = report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return AdminAnswers.WriteAsync(context, code, report, AdminJson.Readable.ReadinessReport);
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (await operations.GetStatusAsync(context.RequestAborted).ConfigureAwait(false) is { } report)
        {
            await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, report, AdminJson.Readable.ServerStatus).ConfigureAwait(false);
        }
        else
        {
            await AdminCalls.RefuseStartingAsync(context).ConfigureAwait(false);
        }
    }
}
