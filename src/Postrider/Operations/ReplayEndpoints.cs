using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Begins, shows and cancels replays.</summary>
internal sealed class ReplayEndpoints(AdminCalls calls, ReplayControls replays, GivenUpEvents givenUp)
{
    private const string Source = "source";
    private const string Skipped = "skipped";
    private const string Rate = "rate";

    private static readonly string[] Narrowing = [SelectionParameters.Destination, .. SelectionParameters.Filters];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/dead-letters/replay", calls.WhenStarted(ReplayLettersAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/replays", calls.WhenStarted(StartAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/replays", AdminCalls.Reading, calls.WhenStarted(ListAsync)).WithMetadata(AccessRule.Reader);
        routes.MapMethods("/api/replays/{id}", AdminCalls.Reading, calls.WhenStarted(ShowAsync)).WithMetadata(AccessRule.Reader);
        routes.MapPost("/api/replays/{id}/cancel", calls.WhenStarted(CancelAsync)).WithMetadata(AccessRule.Operator);
    }

    private static Task AnswerAsync(HttpContext context, int status, ReplayAnswer? replay) => replay is null
        ? AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no replay '{AdminCalls.RouteText(context, "id")}'.")
        : AdminAnswers.WriteAsync(context, status, replay, AdminJson.Readable.ReplayAnswer);

    private static ReplayStart Read(CallParameters parameters)
    {
        var ofDeadLetters = parameters.Word(Source, ReplayReports.OfDeadLetters, ReplayReports.OfTheLog) == ReplayReports.OfDeadLetters;
        var start = new ReplayStart
        {
            Destination = parameters.Required(SelectionParameters.Destination),
            OfDeadLetters = ofDeadLetters,
            Filter = SelectionParameters.Read(parameters),
            Skipped = parameters.Text(Skipped),
            Rate = parameters.Rate(Rate),
        };
        parameters.Required(Source);
        if (ofDeadLetters && start.Skipped is not null)
        {
            parameters.Refuse("'skipped' names a part of the log: it needs the source 'log'.");
        }

        if (!ofDeadLetters && start.Filter.Class is not null)
        {
            parameters.Refuse("'class' belongs to dead letters: the log's events have none.");
        }

        if (start is { Skipped: not null, Filter: { Since: not null } or { Until: not null } or { Id: not null } })
        {
            parameters.Refuse("'skipped' says which positions: it does not go with 'since', 'until' or 'id'.");
        }

        return start;
    }

    private async Task ListAsync(HttpContext context)
    {
        var answer = new ReplayList { Replays = await replays.ListAsync(context.RequestAborted).ConfigureAwait(false) };
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.ReplayList).ConfigureAwait(false);
    }

    private async Task ShowAsync(HttpContext context) => await AnswerAsync(
        context, StatusCodes.Status200OK, await replays.FindAsync(AdminCalls.RouteText(context, "id"), context.RequestAborted).ConfigureAwait(false))
        .ConfigureAwait(false);

    private async Task CancelAsync(HttpContext context)
    {
        var replay = await replays.CancelAsync(AdminCalls.By(context), AdminCalls.RouteText(context, "id"), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, StatusCodes.Status200OK, replay).ConfigureAwait(false);
    }

    private async Task BeginAsync(Operator by, ReplayStart start, List<ReplayAnswer> begun, List<string> refused)
    {
        try
        {
            // Not the request's token: a client that leaves between two destinations must not leave it open which were begun.
            if (await replays.StartAsync(by, start, CancellationToken.None).ConfigureAwait(false) is { } replay)
            {
                begun.Add(replay);
            }
        }
        catch (OperationRefusedException exception)
        {
            refused.Add(exception.Message);
        }
    }

    /// <summary>One replay for each destination that has matching letters: each goes at its destination's own pace.</summary>
    private async Task ReplayLettersAsync(HttpContext context)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, [.. Narrowing, Rate, SelectionParameters.All]).ConfigureAwait(false);
        var destination = parameters.Text(SelectionParameters.Destination);
        var filter = SelectionParameters.Read(parameters);
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
            if (await givenUp.CountAsync(name, filter, context.RequestAborted).ConfigureAwait(false) > 0)
            {
                var start = new ReplayStart { Destination = name, OfDeadLetters = true, Filter = filter, Rate = rate };
                await BeginAsync(AdminCalls.By(context), start, begun, refused).ConfigureAwait(false);
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

    private async Task StartAsync(HttpContext context)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, [.. Narrowing, Source, Skipped, Rate]).ConfigureAwait(false);
        var start = Read(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var begun = new List<ReplayAnswer>();
        var refused = new List<string>();
        await BeginAsync(AdminCalls.By(context), start, begun, refused).ConfigureAwait(false);
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
            await calls.RefuseUnknownAsync(context, start.Destination).ConfigureAwait(false);
        }
    }
}
