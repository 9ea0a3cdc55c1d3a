using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Postrider.WebConsole.Live;

/// <summary>
/// Ends the connections of open pages as soon as the server begins to stop. SignalR closes those that it has at that moment, but a page connects again
/// at once, while the listener is still there: such a connection would hold the stop up until the host loses patience, with events in flight behind it.
/// </summary>
internal sealed class PageConnections(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    private static readonly PathString Hub = "/_blazor";

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments(Hub, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        // Of a server that stops already it is called at once.
        await using var end = lifetime.ApplicationStopping.Register(context.Abort);
        if (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await next(context);
        }
    }
}
