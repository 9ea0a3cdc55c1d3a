using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Lists and deletes what the gateway could not use.</summary>
internal sealed class RejectedEventEndpoints(AdminCalls calls, GivenUpEvents givenUp)
{
    private const string Source = "source";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/rejected-events", AdminCalls.Reading, calls.WhenStarted(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapDelete("/api/rejected-events", calls.WhenStarted(DeleteAsync)).WithMetadata(AccessRule.Operator);
    }

    public static Task RefuseCursorAsync(HttpContext context) => AdminAnswers.RefuseAsync(
        context, StatusCodes.Status400BadRequest, "'cursor' is none of this list's: take 'next' from the page before, as it is.");

    private async Task ListAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, Source, "limit", "cursor", "total");
        var limit = DeadLetterEndpoints.ReadLimit(parameters);
        var withTotal = parameters.Flag("total");
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        RejectedEventList list;
        try
        {
            list = await givenUp.ListRejectedAsync(parameters.Text(Source), parameters.Text("cursor"), limit, withTotal, context.RequestAborted).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            await RefuseCursorAsync(context).ConfigureAwait(false);
            return;
        }

        var answer = AdminCalls.IsReader(context) ? list.WithoutPayload() : list;
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.RejectedEventList).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, Source, SelectionParameters.All);
        SelectionParameters.RequireNarrowing(parameters, Source);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var source = parameters.Text(Source);
        var deleted = await givenUp.DeleteRejectedAsync(AdminCalls.By(context), source, context.RequestAborted).ConfigureAwait(false);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new DeletedReport(deleted), AdminJson.Readable.DeletedReport).ConfigureAwait(false);
    }
}
