using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Postrider.Gateway;

/// <summary>Writes whole answers into the response's buffer. Nothing is flushed here: the server sends head and body together.</summary>
internal static class GatewayAnswer
{
    private const string EventIdHeader = "Postrider-Event-Id";
    private const string Json = "application/json";

    private static ReadOnlySpan<byte> Published => """{"success":true,"message":"Event published successfully."}"""u8;

    public static void WritePublished(HttpContext context, string eventId)
    {
        context.Response.Headers[EventIdHeader] = eventId;
        Write(context, StatusCodes.Status200OK, Published);
    }

    public static void WriteError(HttpContext context, GatewayError error)
    {
        if (error.RetryAfter is { } delay)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"postrider\", charset=\"UTF-8\"";
        }

        Write(context, error.Status, error.Body.Span);
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

    private static void Write(HttpContext context, int status, ReadOnlySpan<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = Json;
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
