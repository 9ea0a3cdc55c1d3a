using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Gateway.Segment;

/// <summary>The Segment and RudderStack APIs: their SDKs send here by configuration alone.</summary>
/// <remarks>1 who sends it, where the headers say · 2 receive · 3 inflate · 4 scan · 5 build the events · 6 store as one group · 7 put aside what is bad · 8 answer.</remarks>
internal sealed partial class SegmentEndpoint(
    IEventLog log,
    IConfigStore configStore,
    SourceAuthenticator authenticator,
    BodyReceiver receiver,
    ReceiveBudget budget,
    Quarantine quarantine,
    PostriderMetrics metrics,
    TimeProvider time,
    ILogger<SegmentEndpoint> logger)
{
    private readonly BodyReader _bodies = new(receiver, new BodyInflater(budget));
    private readonly IntakeReader _intake = new(authenticator, budget);
    private readonly Acceptance _acceptance = new(metrics, logger);

    public Task HandleAsync(HttpContext context, SegmentRoute route, bool isStopping)
    {
        var config = configStore.Current;
        var sources = authenticator.TableOf(config);
        if (Cors.TryAnswerPreflight(context, sources, route.Method))
        {
            return Task.CompletedTask;
        }

        if (context.Request.Method != route.Method)
        {
            context.Response.Headers.Allow = route.Method;
            return Refuse(context, SegmentErrors.MethodNotAllowed(route.Method));
        }

        switch (route.Service)
        {
            case SegmentService.SourceConfig or SegmentService.Settings:
                return Describe(context, route, config);
            case SegmentService.Pixel:
                return TakePixelAsync(context, route, config, isStopping);
        }

        if (isStopping)
        {
            GatewayAnswer.CloseConnection(context);
            return Refuse(context, GatewayErrors.Stopping);
        }

        return TakeAsync(context, route, config);
    }

    private async Task TakeAsync(HttpContext context, SegmentRoute route, PostriderConfig config)
    {
        var weight = 0L;
        try
        {
            var source = FindSource(context.Request, config, out var error);
            error ??= source?.Rules.Admit(Cors.OriginOf(context));
            if (BodyReceiver.IsEncoded(context.Request.Headers.ContentEncoding) && !BodyInflater.IsKnown(context.Request.Headers.ContentEncoding))
            {
                error ??= GatewayErrors.EncodingNotInflated;
            }

            if (error is not null)
            {
                await Refuse(context, error).ConfigureAwait(false);
                return;
            }

            var body = await receiver.ReceiveAsync(context, config.Gateway).ConfigureAwait(false);
            if (body.Error is not null)
            {
                metrics.RequestRefused(body.Error.Type);
                await GatewayAnswer.WriteUnreadableAsync(context, body.Error).ConfigureAwait(false);
                return;
            }

            var facts = FactsOf(context, config);
            var intake = _bodies.Read(context, body.Bytes, config.Gateway, bytes =>
            {
                var read = _intake.Read(bytes, route, source, Cors.OriginOf(context), facts, config);
                weight = read.Weight;
                return read;
            });
            if (await StoreAsync(intake).ConfigureAwait(false) is { } refusal)
            {
                await Refuse(context, refusal).ConfigureAwait(false);
                return;
            }

            AnswerTaken(context, route, intake);
        }
        catch (Exception e)
        {
            Log.RequestFailed(logger, context.Request.Path.Value, e);
            await Refuse(context, GatewayErrors.Internal).ConfigureAwait(false);
        }
        finally
        {
            budget.Return(weight);
        }
    }

    // An image is shown whatever became of the event, so the answer always is one; only what may be sent again is not a success.
    private async Task TakePixelAsync(HttpContext context, SegmentRoute route, PostriderConfig config, bool isStopping)
    {
        var weight = 0L;
        GatewayError? error = null;
        try
        {
            var source = FindSource(context.Request, config, out error);
            var facts = FactsOf(context, config);
            if (error is null && PixelEvent.Read(context.Request.QueryString, route.Type!, facts.ReceivedAt) is { } body)
            {
                var intake = isStopping
                    ? Intake.Refused(GatewayErrors.Stopping)
                    : _intake.Read(body, route, source, Cors.OriginOf(context), facts, config);
                weight = intake.Weight;
                error = await StoreAsync(intake).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Log.RequestFailed(logger, context.Request.Path.Value, e);
            error = GatewayErrors.Internal;
        }
        finally
        {
            budget.Return(weight);
        }

        if (error is not null)
        {
            metrics.RequestRefused(error.Type);
        }

        context.Response.Headers.CacheControl = "no-store";
        var status = error?.Status is >= StatusCodes.Status500InternalServerError and var failed ? failed : StatusCodes.Status200OK;
        GatewayAnswer.Write(context, status, "image/gif", PixelEvent.Image);
    }

    private async ValueTask<GatewayError?> StoreAsync(Intake intake)
    {
        if (intake.Error is not null)
        {
            return intake.Error;
        }

        var (source, events) = (intake.Source!, intake.Events);
        if (source.Rules.TakeTokens(events.Count, time) is { } tooMany)
        {
            return tooMany;
        }

        try
        {
            if (events.Count == 1)
            {
                await log.AppendAsync(events[0]).ConfigureAwait(false);
            }
            else
            {
                await log.AppendAsync(events).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (GatewayErrors.OfLog(e) is not null)
        {
            return GatewayErrors.OfLog(e);
        }

        _acceptance.Count(source, events);
        await quarantine.KeepAsync(source, intake.Rejected!).ConfigureAwait(false);
        return null;
    }

    private static void AnswerTaken(HttpContext context, SegmentRoute route, Intake intake)
    {
        if (route.Service == SegmentService.Event)
        {
            GatewayAnswer.NameEvent(context, intake.Events[0].Id);
        }

        GatewayAnswer.CountRejected(context, intake.Rejected!.Count);
        if (route.IsShort)
        {
            GatewayAnswer.Write(context, StatusCodes.Status200OK, GatewayAnswer.Json, """{"success":true}"""u8);
        }
        else
        {
            GatewayAnswer.Write(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", "ok"u8);
        }
    }

    private Task Describe(HttpContext context, SegmentRoute route, PostriderConfig config)
    {
        var key = route.WriteKey ?? SourceAuthenticator.KeyOf(context.Request.Headers.Authorization) ?? QueryKey(context.Request);
        var source = key is null ? null : authenticator.Find(Encoding.UTF8.GetBytes(key), config);
        if (source is null)
        {
            return Refuse(context, key is null ? GatewayErrors.KeyMissing : GatewayErrors.KeyUnknown);
        }

        if (source.Rules.Admit(Cors.OriginOf(context)) is { } error && route.Service == SegmentService.Settings)
        {
            return Refuse(context, error);
        }

        context.Response.Headers.CacheControl = "no-cache";
        var body = route.Service == SegmentService.Settings ? SourceAnswers.Settings(context, key!) : SourceAnswers.SourceConfig(source, key!);
        GatewayAnswer.Write(context, StatusCodes.Status200OK, GatewayAnswer.Json, body);
        return Task.CompletedTask;
    }

    // Null without an error: the body may say.
    private GatewaySource? FindSource(HttpRequest request, PostriderConfig config, out GatewayError? error)
    {
        error = null;
        if (request.Headers.Authorization.Count > 0)
        {
            return authenticator.Authenticate(request.Headers.Authorization, config, out error);
        }

        if (QueryKey(request) is not { } key)
        {
            return null;
        }

        var source = authenticator.Find(Encoding.UTF8.GetBytes(key), config);
        error = source is null ? GatewayErrors.KeyUnknown : null;
        return source;
    }

    private static string? QueryKey(HttpRequest request) =>
        request.QueryString.HasValue && request.Query[PixelEvent.WriteKeyParameter] is [{ Length: > 0 } key] ? key : null;

    private RequestFacts FactsOf(HttpContext context, PostriderConfig config) => new()
    {
        ReceivedAt = time.GetUtcNow(),
        Address = authenticator.TableOf(config).Proxies.ClientOf(context),
        TraceParent = RequestSpan.TraceParentOf(context),
    };

    private Task Refuse(HttpContext context, GatewayError error)
    {
        metrics.RequestRefused(error.Type);
        GatewayAnswer.WriteError(context, error);
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.SegmentRequestFailed, LogLevel.Error, "A request to {Path} failed for a reason that nobody foresaw; it was answered 500.")]
        public static partial void RequestFailed(ILogger logger, string? path, Exception exception);
    }
}
