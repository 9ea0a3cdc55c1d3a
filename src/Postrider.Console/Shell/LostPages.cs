using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Postrider.WebConsole.Shell;

/// <summary>
/// Answers a browser that asks for a page that there is not with the console's own, and 404. Scripts that ask for it, and wrong addresses of the
/// API, are left to the host.
/// </summary>
/// <remarks>No fallback route: it would match what other routes refuse for its method, and turn their 405 into a page.</remarks>
internal sealed class LostPages(RequestDelegate next, EndpointDataSource endpoints)
{
    private const string Page = "/not-found";

    // What is asked for here is asked for by programs, whatever they accept.
    private static readonly PathString[] NoPages = ["/api", "/health", "/metrics", "/openapi.json", "/login", "/logout", "/_blazor", "/_framework", "/_content"];

    private Endpoint? _page;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is null && IsPage(context.Request))
        {
            _page ??= endpoints.Endpoints.OfType<RouteEndpoint>().First(endpoint => endpoint.RoutePattern.RawText == Page);
            context.SetEndpoint(_page);

            // Not before: the renderer takes a 404 that stands already for one that a page has asked for, and draws nothing.
            context.Response.OnStarting(SayNotFoundAsync, context.Response);
        }

        return next(context);
    }

    private static Task SayNotFoundAsync(object response)
    {
        ((HttpResponse)response).StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static bool IsPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !Array.Exists(NoPages, path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
}
