using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Lists and deletes dead letters, and lists the ranges that were given up.</summary>
internal sealed class DeadLetterEndpoints(AdminCalls calls, GivenUpEvents givenUp)
{
    /// <summary>Most items of one answer.</summary>
    public const int MaxLimit = 1000;

    private const int DefaultLimit = 100;

    private static readonly string[] Narrowing = [SelectionParameters.Destination, .. SelectionParameters.Filters];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/dead-letters", AdminCalls.Reading, calls.WhenStarted(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapDelete("/api/dead-letters", calls.WhenStarted(DeleteAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/skipped", AdminCalls.Reading, calls.WhenStarted(ListSkippedAsync)).WithMetadata(AccessRule.Reader);
    }

    /// <summary>How many items an answer may have.</summary>
    public static int ReadLimit(CallParameters parameters) => parameters.Number("limit", 1, MaxLimit, DefaultLimit);

    private async Task ListAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, [.. Narrowing, "limit", "cursor", "total"]);
        var destination = parameters.Text(SelectionParameters.Destination);
        var filter = SelectionParameters.Read(parameters);
        var limit = ReadLimit(parameters);
        var withTotal = parameters.Flag("total");
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false)
            || await RefusedAsync(context, destination).ConfigureAwait(false))
        {
            return;
        }

        DeadLetterList list;
        try
        {
            list = await givenUp.ListAsync(destination, filter, parameters.Text("cursor"), limit, withTotal, context.RequestAborted).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            await RejectedEventEndpoints.RefuseCursorAsync(context).ConfigureAwait(false);
            return;
        }

        var answer = AdminCalls.IsReader(context) ? list.WithoutPayload() : list;
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.DeadLetterList).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, [.. Narrowing, SelectionParameters.All]);
        var destination = parameters.Text(SelectionParameters.Destination);
        var filter = SelectionParameters.Read(parameters);
        SelectionParameters.RequireNarrowing(parameters, Narrowing);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false)
            || await RefusedAsync(context, destination).ConfigureAwait(false))
        {
            return;
        }

        var deleted = await givenUp.DeleteAsync(AdminCalls.By(context), destination, filter, context.RequestAborted).ConfigureAwait(false);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new DeletedReport(deleted), AdminJson.Readable.DeletedReport).ConfigureAwait(false);
    }

    private async Task ListSkippedAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, SelectionParameters.Destination, "limit");
        var destination = parameters.Text(SelectionParameters.Destination);
        var limit = ReadLimit(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var skipped = await givenUp.ListSkippedAsync(destination, limit, context.RequestAborted).ConfigureAwait(false);
        if (skipped.Count == 0 && destination is not null && !calls.IsConfigured(destination))
        {
            await calls.RefuseUnknownAsync(context, destination).ConfigureAwait(false);
            return;
        }

        var answer = new SkippedRangeList(skipped);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.SkippedRangeList).ConfigureAwait(false);
    }

    // A destination that has left the configuration, even one that is forgotten, may still have dead letters.
    private async Task<bool> RefusedAsync(HttpContext context, string? destination)
    {
        if (destination is null
            || calls.IsConfigured(destination)
            || await givenUp.CountAsync(destination, new EventFilter(), context.RequestAborted).ConfigureAwait(false) > 0)
        {
            return false;
        }

        await calls.RefuseUnknownAsync(context, destination).ConfigureAwait(false);
        return true;
    }
}
