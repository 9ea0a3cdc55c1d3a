using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Delivery;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Begins, shows and cancels replays.</summary>
internal sealed class ReplayEndpoints(AdminCalls calls)
{
    private const string Source = "source";
    private const string Skipped = "skipped";
    private const string Rate = "rate";

    private static readonly string[] Narrowing = [SelectionParameters.Destination, .. SelectionParameters.Filters];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/dead-letters/replay", calls.OnDelivery(ReplayLettersAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/replays", calls.OnDelivery(StartAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/replays", AdminCalls.Reading, calls.OnDelivery(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapMethods("/api/replays/{id}", AdminCalls.Reading, calls.OnDelivery(ShowAsync)).WithMetadata(AccessRule.Reader);
        routes.MapPost("/api/replays/{id}/cancel", calls.OnDelivery(CancelAsync)).WithMetadata(AccessRule.Operator);
    }

    private static async Task ListAsync(HttpContext context, IDeliveryControl delivery)
    {
        var replays = await delivery.Replays.ListAsync(context.RequestAborted).ConfigureAwait(false);
        var answer = new ReplayList { Replays = [.. replays.Select(ReplayReports.Describe)] };
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.ReplayList).ConfigureAwait(false);
    }

    private static async Task ShowAsync(HttpContext context, IDeliveryControl delivery) => await AnswerAsync(
        context, StatusCodes.Status200OK, await delivery.Replays.FindAsync(AdminCalls.RouteText(context, "id"), context.RequestAborted).ConfigureAwait(false))
        .ConfigureAwait(false);

    private static Task AnswerAsync(HttpContext context, int status, ReplayReport? replay) => replay is null
        ? AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no replay '{AdminCalls.RouteText(context, "id")}'.")
        : AdminAnswers.WriteAsync(context, status, ReplayReports.Describe(replay), AdminJson.Readable.ReplayAnswer);

    private static ReplayRequest Read(CallParameters parameters)
    {
        var ofDeadLetters = parameters.Word(Source, ReplayReports.OfDeadLetters, ReplayReports.OfTheLog) == ReplayReports.OfDeadLetters;
        var request = new ReplayRequest(
            parameters.Required(SelectionParameters.Destination),
            ofDeadLetters,
            SelectionParameters.Read(parameters),
            parameters.Text(Skipped),
            parameters.Rate(Rate));
        parameters.Required(Source);
        if (ofDeadLetters && request.SkippedId is not null)
        {
            parameters.Refuse("'skipped' names a part of the log: it needs the source 'log'.");
        }

        if (!ofDeadLetters && request.Selection.Class is not null)
        {
            parameters.Refuse("'class' belongs to dead letters: the log's events have none.");
        }

        if (request is { SkippedId: not null, Selection: { Since: not null } or { Until: not null } or { Id: not null } })
        {
            parameters.Refuse("'skipped' says which positions: it does not go with 'since', 'until' or 'id'.");
        }

        return request;
    }

    private static async Task CancelAsync(HttpContext context, IDeliveryControl delivery)
    {
        var replay = await delivery.Replays.CancelAsync(AdminCalls.RouteText(context, "id"), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, StatusCodes.Status200OK, replay).ConfigureAwait(false);
    }

    private static async Task BeginAsync(IDeliveryControl delivery, ReplayRequest request, List<ReplayAnswer> begun, List<string> refused)
    {
        try
        {
            // Not the request's token: a client that leaves between two destinations must not leave it open which were begun.
            if (await delivery.Replays.StartAsync(request, CancellationToken.None).ConfigureAwait(false) is { } replay)
            {
                begun.Add(ReplayReports.Describe(replay));
            }
        }
        catch (ReplayRefusedException exception)
        {
            refused.Add(exception.Message);
        }
    }

    /// <summary>One replay for each destination that has matching letters: each goes at its destination's own pace.</summary>
    private async Task ReplayLettersAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, [.. Narrowing, Rate, SelectionParameters.All]).ConfigureAwait(false);
        var destination = parameters.Text(SelectionParameters.Destination);
        var selection = SelectionParameters.Read(parameters);
        var rate = parameters.Rate(Rate);
        SelectionParameters.RequireNarrowing(parameters, Narrowing);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        if (destination is not null && !calls.IsConfigured(destination))
        {
            await calls.RefuseUnknownAsync(context, destination).ConfigureAwait(false);
            return;
        }

        var begun = new List<ReplayAnswer>();
        var refused = new List<string>();
        foreach (var name in destination is null ? calls.Destinations.ToArray() : [destination])
        {
            if (await delivery.DeadLetters.CountAsync(name, selection, context.RequestAborted).ConfigureAwait(false) > 0)
            {
                await BeginAsync(delivery, new ReplayRequest(name, true, selection, null, rate), begun, refused).ConfigureAwait(false);
            }
        }

        if (begun.Count == 0 && refused.Count > 0)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status409Conflict, refused[0], refused.Count > 1 ? refused : null).ConfigureAwait(false);
            return;
        }

        var answer = new ReplayList { Replays = begun, Refused = refused.Count > 0 ? refused : null };
        await AdminAnswers.WriteAsync(context, StatusCodes.Status202Accepted, answer, AdminJson.Readable.ReplayList).ConfigureAwait(false);
    }

    private async Task StartAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, [.. Narrowing, Source, Skipped, Rate]).ConfigureAwait(false);
        var request = Read(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var begun = new List<ReplayAnswer>();
        var refused = new List<string>();
        await BeginAsync(delivery, request, begun, refused).ConfigureAwait(false);
        if (begun.Count > 0)
        {
            await AdminAnswers.WriteAsync(context, StatusCodes.Status202Accepted, begun[0], AdminJson.Readable.ReplayAnswer).ConfigureAwait(false);
        }
        else if (refused.Count > 0)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status409Conflict, refused[0]).ConfigureAwait(false);
        }
        else
        {
            await calls.RefuseUnknownAsync(context, request.Destination).ConfigureAwait(false);
        }
    }
}
