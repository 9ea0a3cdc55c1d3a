using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Postrider.Diagnostics;

namespace Postrider.Gateway;

/// <summary>
/// The span of a request to the gateway: the server's side of it, as the conventions for HTTP say. Its context is what the events of the
/// request keep, so that their attempts find it; where nobody listens, they keep the client's own.
/// </summary>
internal static class RequestSpan
{
    private const string OtherMethod = "_OTHER";
    private const string PublishOperation = "publish";
    private const string SendType = "send";
    private const string EventIdHeader = "Postrider-Event-Id";

    /// <summary>What the events of a request keep: its span's context, or the client's where it is well-formed.</summary>
    public static string? TraceParentOf(HttpContext context) => PostriderTracing.Current?.Id ?? TraceParent.WellFormed(context.Request.Headers.TraceParent);

    /// <summary>Handles a request within its span.</summary>
    /// <param name="context">The request.</param>
    /// <param name="route">The path with what varies in braces; null: it is none of ours.</param>
    /// <param name="handle">Handles it.</param>
    public static async Task RunAsync(HttpContext context, string? route, Func<HttpContext, Task> handle)
    {
        var method = MethodOf(context.Request.Method);

        // A host with instrumentation of its own has begun a span already, with the client's as its parent.
        var parent = default(ActivityContext);
        if (Activity.Current is null && TraceParent.WellFormed(context.Request.Headers.TraceParent) is { } sent)
        {
            ActivityContext.TryParse(sent, null, isRemote: true, out parent);
        }

        using var span = PostriderTracing.Source.StartActivity(route is null ? method : $"{method} {route}", ActivityKind.Server, parent);
        await handle(context).ConfigureAwait(false);
        if (span is { IsAllDataRequested: true })
        {
            End(span, context, method, route);
        }
    }

    /// <summary>Events of the request were stored.</summary>
    public static void Stored(string source, int count)
    {
        if (PostriderTracing.Current is not { IsAllDataRequested: true } span)
        {
            return;
        }

        span.SetTag(SpanAttributes.MessagingSystem, SpanAttributes.System);
        span.SetTag(SpanAttributes.OperationName, PublishOperation);
        span.SetTag(SpanAttributes.OperationType, SendType);
        span.SetTag(SpanAttributes.Source, source);
        if (count > 1)
        {
            span.SetTag(SpanAttributes.MessageCount, count);
        }
    }

    private static void End(Activity span, HttpContext context, string method, string? route)
    {
        var status = context.Response.StatusCode;
        span.SetTag(SpanAttributes.RequestMethod, method);
        span.SetTag(SpanAttributes.ResponseStatus, status);
        if (route is not null)
        {
            span.SetTag(SpanAttributes.Route, route);
        }

        if (context.Response.Headers[EventIdHeader] is [{ } id])
        {
            span.SetTag(SpanAttributes.MessageId, id);
        }

        // What the client did wrong is no failure of the server.
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetTag(SpanAttributes.ErrorType, status.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static string MethodOf(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH" ? method : OtherMethod;
}
