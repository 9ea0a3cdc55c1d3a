using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Lists and deletes what the gateway could not use.</summary>
internal sealed partial class RejectedEventEndpoints(AdminCalls calls, ILogger<RejectedEventEndpoints> logger)
{
    private const string Source = "source";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/rejected-events", AdminCalls.Reading, calls.OnDelivery(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapDelete("/api/rejected-events", calls.OnDelivery(DeleteAsync)).WithMetadata(AccessRule.Operator);
    }

    public static Task RefuseCursorAsync(HttpContext context) => AdminAnswers.RefuseAsync(
        context, StatusCodes.Status400BadRequest, "'cursor' is none of this list's: take 'next' from the page before, as it is.");

    private async Task ListAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, Source, "limit", "cursor");
        var limit = DeadLetterEndpoints.ReadLimit(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        RejectedPage page;
        try
        {
            page = await delivery.DeadLetters.ListRejectedAsync(parameters.Text(Source), parameters.Text("cursor"), limit, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (FormatException)
        {
            await RefuseCursorAsync(context).ConfigureAwait(false);
            return;
        }

        var answer = new RejectedEventList([.. page.Rejected.Select(LetterReports.Describe)], page.Next);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.RejectedEventList).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, Source, SelectionParameters.All);
        SelectionParameters.RequireNarrowing(parameters, Source);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var source = parameters.Text(Source);
        var deleted = await delivery.DeadLetters.DeleteRejectedAsync(source, context.RequestAborted).ConfigureAwait(false);
        Log.Deleted(logger, deleted, source ?? "all sources");
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new DeletedReport(deleted), AdminJson.Readable.DeletedReport).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RejectedEventsDeleted, LogLevel.Information, "{Count} rejected events of {Source} deleted through the admin API")]
        public static partial void Deleted(ILogger logger, long count, string source);
    }
}
