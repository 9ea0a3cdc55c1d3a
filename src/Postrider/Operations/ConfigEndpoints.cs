using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Log;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>The configuration, the sources that it names, and who changed what.</summary>
internal sealed class ConfigEndpoints(AdminCalls calls, IOperations operations)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/config", AdminCalls.Reading, ShowAsync).WithMetadata(AccessRule.Reader);
        routes.MapPost("/api/config/reload", calls.WhenStarted(ReloadAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/sources", AdminCalls.Reading, ListSourcesAsync).WithMetadata(AccessRule.Reader);
        routes.MapPost("/api/sources/{name}/test", calls.WhenStarted(TestSourceAsync)).WithMetadata(AccessRule.Operator);
        routes.MapMethods("/api/audit", AdminCalls.Reading, calls.WhenStarted(ListAuditAsync)).WithMetadata(AccessRule.Reader);
    }

    private async Task ShowAsync(HttpContext context) => await AdminAnswers.WriteAsync(
        context, StatusCodes.Status200OK, await operations.GetConfigAsync(context.RequestAborted).ConfigureAwait(false), AdminJson.Readable.ConfigReport).ConfigureAwait(false);

    private async Task ReloadAsync(HttpContext context)
    {
        // Not the request's token: a client that leaves takes nothing back. Where the log is away it is told so, and may come again.
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        IReadOnlyList<string> errors;
        try
        {
            errors = await operations.ReloadConfigAsync(AdminCalls.By(context), patience.Token).ConfigureAwait(false);
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

    private Task ListSourcesAsync(HttpContext context) =>
        AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new SourceList(operations.ListSources()), AdminJson.Readable.SourceList);

    private async Task TestSourceAsync(HttpContext context)
    {
        var name = AdminCalls.RouteText(context, "name");
        if (await operations.TestSourceAsync(AdminCalls.By(context), name, context.RequestAborted).ConfigureAwait(false) is not { } report)
        {
            var known = string.Join(", ", operations.ListSources().Select(source => source.Name));
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no source '{name}'. Known: {known}.").ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, report, AdminJson.Readable.SourceTestReport).ConfigureAwait(false);
    }

    private async Task ListAuditAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, "limit");
        var limit = DeadLetterEndpoints.ReadLimit(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var entries = await operations.ListAuditAsync(limit, context.RequestAborted).ConfigureAwait(false);
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, new AuditList(entries), AdminJson.Readable.AuditList).ConfigureAwait(false);
    }
}
