using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Postrider.Gateway;

/// <summary>Writes whole answers into the response's buffer. Nothing is flushed here: the server sends head and body together.</summary>
internal static class GatewayAnswer
{
    private const string RejectedHeader = "Postrider-Rejected-Events";
    private const string EventIdHeader = "Postrider-Event-Id";
    public const string Json = "application/json";

    private static ReadOnlySpan<byte> Published => """{"success":true,"message":"Event published successfully."}"""u8;

    public static void WritePublished(HttpContext context, string eventId)
    {
        NameEvent(context, eventId);
        Write(context, StatusCodes.Status200OK, Json, Published);
    }

    /// <summary>Says under which id the one event of a request is stored.</summary>
    public static void NameEvent(HttpContext context, string eventId) => context.Response.Headers[EventIdHeader] = eventId;

    /// <summary>Says how many events of a batch could not be used, where there are any.</summary>
    public static void CountRejected(HttpContext context, int count)
    {
        if (count > 0)
        {
            context.Response.Headers[RejectedHeader] = count.ToString(CultureInfo.InvariantCulture);
        }
    }

    public static void WriteError(HttpContext context, GatewayError error)
    {
        if (error.RetryAfter is { } delay)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            if (error.Status == StatusCodes.Status429TooManyRequests)
            {
                // What Segment's browser SDK reads instead, also in seconds.
                context.Response.Headers["x-ratelimit-reset"] = context.Response.Headers.RetryAfter;
            }
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"postrider\", charset=\"UTF-8\"";
        }

        Write(context, error.Status, Json, error.Body.Span);
    }

    /// <summary>
    /// Refuses a body that could not be received. What follows a broken or late body on its connection is not the next request. Sent at once,
    /// because the server would read on where the client has gone and the answer was not begun.
    /// </summary>
    public static async ValueTask WriteUnreadableAsync(HttpContext context, GatewayError error)
    {
        if (error.Status is StatusCodes.Status400BadRequest or StatusCodes.Status408RequestTimeout)
        {
            CloseConnection(context);
            WriteError(context, error);
            await context.Response.BodyWriter.FlushAsync().ConfigureAwait(false);
            return;
        }

        WriteError(context, error);
    }

    /// <summary>Ends the connection after this answer, where what follows on it cannot be trusted or is not wanted.</summary>
    public static void CloseConnection(HttpContext context)
    {
        // HTTP/2 has no such header: there the stream ends alone.
        if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            context.Response.Headers[HeaderNames.Connection] = "close";
        }
    }

    public static void Write(HttpContext context, int status, string contentType, ReadOnlySpan<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var writer = response.BodyWriter;
        body.CopyTo(writer.GetSpan(body.Length));
        writer.Advance(body.Length);
    }
}
