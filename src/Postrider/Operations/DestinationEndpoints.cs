using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>What operators do to one destination.</summary>
internal sealed partial class DestinationEndpoints(AdminCalls calls, ILogger<DestinationEndpoints> logger)
{
    /// <summary>Most of a test event's body.</summary>
    public const int MaxTestBodyBytes = 1024 * 1024;

    private const string PlainReason = "disabled through the admin API";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/destinations/{name}/pause", calls.OnDelivery(PauseAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/resume", calls.OnDelivery(ResumeAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/disable", calls.OnDelivery(DisableAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/test", calls.OnDelivery(TestAsync)).WithMetadata(AccessRule.Operator);
        routes.MapPost("/api/destinations/{name}/skip", calls.OnDelivery(SkipAsync)).WithMetadata(AccessRule.Operator);
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

    private Task PauseAsync(HttpContext context, IDeliveryControl delivery) =>
        ControlAsync(context, name => delivery.PauseAsync(name, context.RequestAborted), Log.Paused);

    private Task ResumeAsync(HttpContext context, IDeliveryControl delivery) =>
        ControlAsync(context, name => delivery.ResumeAsync(name, context.RequestAborted), Log.Resumed);

    private async Task DisableAsync(HttpContext context, IDeliveryControl delivery)
    {
        var parameters = await CallParameters.OfBodyAsync(context.Request, calls.Now, "reason").ConfigureAwait(false);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        var reason = parameters.Text("reason") ?? PlainReason;
        await ControlAsync(
            context,
            name => delivery.DisableAsync(name, reason, context.RequestAborted),
            (log, name) => Log.Disabled(log, name, reason)).ConfigureAwait(false);
    }

    private async Task ControlAsync(HttpContext context, Func<string, Task<bool>> control, Action<ILogger, string> tell)
    {
        var name = AdminCalls.RouteText(context, "name");
        if (await control(name).ConfigureAwait(false))
        {
            tell(logger, name);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
    }

    private async Task TestAsync(HttpContext context, IDeliveryControl delivery)
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
        if (await delivery.TestAsync(name, given, context.RequestAborted).ConfigureAwait(false) is not { } test)
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        var answer = new TestReport
        {
            EventId = test.EventId,
            Outcome = test.Outcome,
            Status = test.Status,
            ErrorClass = test.ErrorClass,
            Reason = test.Reason,
            Answer = test.Answer,
            Milliseconds = Math.Round(test.Duration.TotalMilliseconds, 1),
        };
        await AdminAnswers.WriteAsync(context, StatusCodes.Status200OK, answer, AdminJson.Readable.TestReport).ConfigureAwait(false);
    }

    private async Task SkipAsync(HttpContext context, IDeliveryControl delivery)
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
        if (await delivery.SkipAsync(name, before, context.RequestAborted).ConfigureAwait(false) is not { } skipped)
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        await AdminAnswers.WriteAsync(
            context, StatusCodes.Status200OK, new SkipReport(skipped.Positions, skipped.Events), AdminJson.Readable.SkipReport).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DestinationPaused, LogLevel.Information, "Destination {Destination} paused through the admin API; it keeps its backlog")]
        public static partial void Paused(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DestinationResumed, LogLevel.Information, "Destination {Destination} resumed through the admin API")]
        public static partial void Resumed(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DestinationDisabledByOperator, LogLevel.Information, "Destination {Destination} disabled through the admin API until someone resumes it: {Reason}")]
        public static partial void Disabled(ILogger logger, string destination, string reason);
    }
}
