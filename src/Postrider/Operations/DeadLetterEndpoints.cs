using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Lists and deletes dead letters, and lists the ranges that were given up.</summary>
internal sealed partial class DeadLetterEndpoints(AdminCalls calls, ILogger<DeadLetterEndpoints> logger)
{
    /// <summary>Most items of one answer.</summary>
    public const int MaxLimit = 1000;

    private const int DefaultLimit = 100;

    private static readonly string[] Narrowing = [SelectionParameters.Destination, .. SelectionParameters.Filters];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/dead-letters", AdminCalls.Reading, calls.OnDelivery(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapDelete("/api/dead-letters", calls.OnDelivery(DeleteAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/skipped", AdminCalls.Reading, calls.OnDelivery(ListSkippedAsync)).WithMetadata(AccessRule.Reader);
    }

    /// <summary>How many items an answer may have.</summary>
    public static int ReadLimit(CallParameters parameters) => parameters.Number("limit", 1, MaxLimit, DefaultLimit);

    private async Task ListAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, [.. Narrowing, "limit", "cursor", "total"]);
        var destination = parameters.Text(SelectionParameters.Destination);
        var selection = SelectionParameters.Read(parameters);
        var limit = ReadLimit(parameters);
        var withTotal = parameters.Flag("total");
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false)
            || await RefusedAsync(context, delivery, destination).ConfigureAwait(false))
        {
            return;
        }

        DeadLetterPage page;
        try
        {
            page = await delivery.DeadLetters.ListAsync(destination, selection, parameters.Text("cursor"), limit, context.RequestAborted).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            await RejectedEventEndpoints.RefuseCursorAsync(context).ConfigureAwait(false);
            return;
        }

        var answer = new DeadLetterList
        {
            Items = [.. page.Letters.Select(LetterReports.Describe)],
            Next = page.Next,
            Total = withTotal ? await delivery.DeadLetters.CountAsync(destination, selection, context.RequestAborted).ConfigureAwait(false) : null,
        };
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.DeadLetterList).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, [.. Narrowing, SelectionParameters.All]);
        var destination = parameters.Text(SelectionParameters.Destination);
        var selection = SelectionParameters.Read(parameters);
        SelectionParameters.RequireNarrowing(parameters, Narrowing);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false)
            || await RefusedAsync(context, delivery, destination).ConfigureAwait(false))
        {
            return;
        }

        var deleted = await delivery.DeadLetters.DeleteAsync(destination, selection, context.RequestAborted).ConfigureAwait(false);
        Log.Deleted(logger, deleted, destination ?? "all destinations");
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new DeletedReport(deleted), AdminJson.Readable.DeletedReport).ConfigureAwait(false);
    }

    private async Task ListSkippedAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, SelectionParameters.Destination, "limit");
        var destination = parameters.Text(SelectionParameters.Destination);
        var limit = ReadLimit(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var skipped = await delivery.DeadLetters.ListSkippedAsync(destination, limit, context.RequestAborted).ConfigureAwait(false);
        if (skipped.Count == 0 && destination is not null && !calls.IsConfigured(destination))
        {
            await calls.RefuseUnknownAsync(context, destination).ConfigureAwait(false);
            return;
        }

        var answer = new SkippedRangeList([.. skipped.Select(LetterReports.Describe)]);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.SkippedRangeList).ConfigureAwait(false);
    }

    // A destination that has left the configuration, even one that is forgotten, may still have dead letters.
    private async Task<bool> RefusedAsync(HttpContext context, IDeliveryControl delivery, string? destination)
    {
        if (destination is null
            || calls.IsConfigured(destination)
            || await delivery.DeadLetters.CountAsync(destination, new EventSelection(), context.RequestAborted).ConfigureAwait(false) > 0)
        {
            return false;
        }

        await calls.RefuseUnknownAsync(context, destination).ConfigureAwait(false);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DeadLettersDeleted, LogLevel.Information, "{Count} dead letters of {Destination} deleted through the admin API")]
        public static partial void Deleted(ILogger logger, long count, string destination);
    }
}
