using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary><c>GET /api/tail</c>: what happens, as server-sent events, until the client goes or the server stops.</summary>
internal sealed class TailEndpoint(AdminCalls calls, IOperations operations, TimeProvider time)
{
    // Proxies and clients close what is silent for longer; it also finds out that a client is gone.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static ReadOnlySpan<byte> Comment => ":\n\n"u8;

    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/api/tail", AdminCalls.Reading, calls.WhenStarted(TailAsync)).WithMetadata(AccessRule.Reader);

    private static TailFilter Read(CallParameters parameters)
    {
        var filter = new TailFilter(
            parameters.Word("kind", LiveTail.Events, LiveTail.Attempts), parameters.Text("source"), parameters.Text(SelectionParameters.Destination),
            parameters.Text("key"), parameters.Text("type"), parameters.Flag("failed"));
        if (filter.Kind == LiveTail.Events && (filter.Destination is not null || filter.FailedOnly))
        {
            parameters.Refuse("'destination' and 'failed' are of attempts: leave them out, or ask for kind=attempts.");
        }

        return filter;
    }

    // JSON of this kind holds no line break, which is what would end the data.
    private static Task WriteAsync(HttpResponse response, TailItem item, CancellationToken cancellationToken)
    {
        var name = item.Event is not null ? "event" : item.Attempt is not null ? "attempt" : "missed";
        return response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(item, AdminJson.Readable.TailItem)}\n\n", cancellationToken);
    }

    private async Task TailAsync(HttpContext context)
    {
        var parameters = CallParameters.OfQuery(context.Request, calls.Now, "kind", "source", SelectionParameters.Destination, "key", "type", "failed");
        var filter = Read(parameters);
        if (await AdminCalls.RefusedAsync(context, parameters).ConfigureAwait(false))
        {
            return;
        }

        if (filter.Destination is { } name && !calls.IsConfigured(name))
        {
            await calls.RefuseUnknownAsync(context, name).ConfigureAwait(false);
            return;
        }

        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var lines = operations.TailAsync(filter, ending.Token).GetAsyncEnumerator(ending.Token);
        try
        {
            await SendAsync(response, lines, AdminCalls.IsReader(context), ending, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (OperationRefusedException refused) when (!response.HasStarted)
        {
            response.Headers.RetryAfter = "10";
            await AdminAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, refused.Message).ConfigureAwait(false);
        }
        finally
        {
            await lines.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task SendAsync(
        HttpResponse response, IAsyncEnumerator<TailItem> lines, bool isReader, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        var next = lines.MoveNextAsync().AsTask();
        try
        {
            if (next.IsFaulted)
            {
                await next.ConfigureAwait(false);
            }

            // The first comment tells the client that it is heard from now on.
            await response.BodyWriter.WriteAsync(Comment.ToArray(), cancellationToken).ConfigureAwait(false);
            while (await WaitAsync(response, next, cancellationToken).ConfigureAwait(false))
            {
                var line = lines.Current;
                await WriteAsync(response, isReader ? line.WithoutPayload() : line, cancellationToken).ConfigureAwait(false);
                next = lines.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // Nobody may let go of the lines while one is awaited.
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Whether there is another line; what is written goes out before it is waited for, and a comment now and then.
    private async Task<bool> WaitAsync(HttpResponse response, Task<bool> next, CancellationToken cancellationToken)
    {
        while (!next.IsCompleted)
        {
            await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
            using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (await Task.WhenAny(next, Task.Delay(Heartbeat, time, beat.Token)).ConfigureAwait(false) == next)
            {
                await beat.CancelAsync().ConfigureAwait(false);
                break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            await response.BodyWriter.WriteAsync(Comment.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        return await next.ConfigureAwait(false);
    }
}
