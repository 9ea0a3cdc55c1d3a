using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Configuration;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Looks back: figures over time, attempts, and the events that the log still holds.</summary>
internal sealed class JournalEndpoints(AdminCalls calls, IOperations operations)
{
    private const int DefaultPoints = 150;
    private const int DefaultEvents = 50;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/history", AdminCalls.Reading, calls.WhenStarted(HistoryAsync)).WithMetadata(AccessRule.Reader);
        routes.MapMethods("/api/attempts", AdminCalls.Reading, calls.WhenStarted(AttemptsAsync)).WithMetadata(AccessRule.Reader);
        routes.MapMethods("/api/events", AdminCalls.Reading, calls.WhenStarted(EventsAsync)).WithMetadata(AccessRule.Reader);
    }

    private static TimeSpan ReadSpan(CallParameters parameters)
    {
        if (parameters.Text("span") is not { } text)
        {
            return TimeSpan.FromHours(1);
        }

        if (Duration.TryParse(text, out var span) && span >= History.ShortestSpan && span <= History.LongestSpan)
        {
            return span;
        }

        parameters.Refuse($"'span' must be a time from 5m to 24h, not '{text}'.");
        return History.ShortestSpan;
    }

    private async Task HistoryAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, "span", SelectionParameters.Destination, "points");
        var query = new HistoryQuery(
            ReadSpan(parameters), parameters.Text(SelectionParameters.Destination),
            parameters.Number("points", History.FewestPoints, History.MostPoints, DefaultPoints));
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var report = operations.GetHistory(query);

        // One that has left the configuration still has its past.
        if (query.Destination is { } name && !calls.IsConfigured(name) && report.Destinations.All(known => known.Delivered.Concat(known.Failed).Concat(known.Lag).All(value => value is null or 0)))
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, report, AdminJson.Readable.HistoryReport).ConfigureAwait(false);
    }

    private async Task AttemptsAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, "event", SelectionParameters.Destination, "failed", "limit");
        var search = new AttemptSearch(
            parameters.Text("event"), parameters.Text(SelectionParameters.Destination), parameters.Flag("failed"), DeadLetterEndpoints.ReadLimit(parameters));
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var items = await operations.ListAttemptsAsync(search, context.RequestAborted).ConfigureAwait(false);
        if (items.Count == 0 && search.Destination is { } name && !calls.IsConfigured(name))
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        var shown = AdminCalls.IsReader(context) ? [.. items.Select(attempt => attempt.WithoutPayload())] : items;
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new AttemptList(shown), AdminJson.Readable.AttemptList).ConfigureAwait(false);
    }

    private async Task EventsAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, "key", "type", "source", "since", "until", "limit", "cursor");
        var search = new EventSearch
        {
            Filter = new EventFilter
            {
                Key = parameters.Text("key"),
                Type = parameters.Text("type"),
                Since = parameters.Time("since"),
                Until = parameters.Time("until"),
            },
            Source = parameters.Text("source"),
            Cursor = parameters.Text("cursor"),
            Limit = parameters.Number("limit", 1, DeadLetterEndpoints.MaxLimit, DefaultEvents),
        };
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        EventList list;
        try
        {
            list = await operations.SearchEventsAsync(search, context.RequestAborted).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            await RejectedEventEndpoints.RefuseCursorAsync(context).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, list, AdminJson.Readable.EventList).ConfigureAwait(false);
    }
}
