using Microsoft.AspNetCore.Http;

namespace Postrider.FunctionalTests.Clients;

/// <summary>A line to the server at an address that outlives it, which can fail in the usual ways. Only events meet the faults.</summary>
internal sealed class ClientLine(Func<Uri> server, Func<LineFault> interfere) : IDisposable
{
    private static readonly string[] OfOneHop = ["Connection", "Transfer-Encoding", "Keep-Alive"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    public Uri Address { get; set; } = new("http://127.0.0.1/");

    public async Task ForwardAsync(HttpContext context)
    {
        var fault = HttpMethods.IsPost(context.Request.Method) ? interfere() : LineFault.None;
        if (fault == LineFault.Unavailable)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.RetryAfter = "1";
            return;
        }

        if (fault == LineFault.Dead)
        {
            context.Abort();
            return;
        }

        try
        {
            using var response = await SendAsync(context);
            if (fault == LineFault.AnswerLost)
            {
                context.Abort();
                return;
            }

            await AnswerAsync(context, response);
        }
        catch (HttpRequestException)
        {
            context.Abort();
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpContext context)
    {
        var incoming = context.Request;
        using var request = new HttpRequestMessage(new HttpMethod(incoming.Method), new Uri(server(), incoming.Path + incoming.QueryString));
        if (HttpMethods.IsPost(incoming.Method))
        {
            using var body = new MemoryStream();
            await incoming.Body.CopyToAsync(body, context.RequestAborted);
            request.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (var (name, values) in incoming.Headers.Where(header => !OfOneHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, [.. values]))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, [.. values]);
            }
        }

        return await _http.SendAsync(request, CancellationToken.None);
    }

    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage response)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => !OfOneHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (context.Response.StatusCode != StatusCodes.Status204NoContent)
        {
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}
