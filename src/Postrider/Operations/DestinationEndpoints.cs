using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>What operators do to one destination.</summary>
internal sealed class DestinationEndpoints(AdminCalls calls, DestinationControls destinations)
{
    /// <summary>Most of a test event's body.</summary>
    public const int MaxTestBodyBytes = 1024 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/destinations/{name}/pause", calls.WhenStarted(PauseAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/resume", calls.WhenStarted(ResumeAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/disable", calls.WhenStarted(DisableAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/test", calls.WhenStarted(TestAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/skip", calls.WhenStarted(SkipAsync)).WithMetadata(AccessRule.Operator);
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private Task PauseAsync(HttpContext context) =>
        ControlAsync(context, name => destinations.PauseAsync(AdminCalls.By(context), name, context.RequestAborted));

    private Task ResumeAsync(HttpContext context) =>
        ControlAsync(context, name => destinations.ResumeAsync(AdminCalls.By(context), name, context.RequestAborted));

    private async Task DisableAsync(HttpContext context)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, "reason").ConfigureAwait(false);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        await ControlAsync(context, name => destinations.DisableAsync(AdminCalls.By(context), name, parameters.Text("reason"), context.RequestAborted)).ConfigureAwait(false);
    }

    private async Task ControlAsync(HttpContext context, Func<string, Task<bool>> control)
    {
        var name = AdminCalls.RouteText(context, "name");
        if (await control(name).ConfigureAwait(false))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
    }

    private async Task TestAsync(HttpContext context)
    {
        if (await CallParameters.ReadBodyAsync(context.Request, MaxTestBodyBytes).ConfigureAwait(false) is not { } body)
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MaxTestBodyBytes} bytes.")
                .ConfigureAwait(false);
            return;
        }

        if (body.Length > 0 && !IsJson(body))
        {
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "The body, which is what the test sends, is not valid JSON.")
                .ConfigureAwait(false);
            return;
        }

        var name = AdminCalls.RouteText(context, "name");
        var given = body.Length > 0 ? body : (ReadOnlyMemory<byte>?)null;
        if (await destinations.TestAsync(AdminCalls.By(context), name, given, context.RequestAborted).ConfigureAwait(false) is not { } answer)
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.TestReport).ConfigureAwait(false);
    }

    private async Task SkipAsync(HttpContext context)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, "before", SelectionParameters.All).ConfigureAwait(false);
        var before = parameters.Time("before");
        if (parameters.Flag(SelectionParameters.All) == parameters.Text("before") is not null && parameters.Errors.Count == 0)
        {
            parameters.Refuse("Say which part of the backlog: either 'before' with a time, or all=true.");
        }

        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var name = AdminCalls.RouteText(context, "name");
        if (await destinations.SkipAsync(AdminCalls.By(context), name, before, context.RequestAborted).ConfigureAwait(false) is not { } skipped)
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, skipped, AdminJson.Readable.SkipReport).ConfigureAwait(false);
    }
}
