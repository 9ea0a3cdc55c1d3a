using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Postrider.Gateway;
using Postrider.Operations;

namespace Postrider;

/// <summary>Puts Postrider's listeners and pipeline into a web application.</summary>
public static class PostriderApplicationExtensions
{
    /// <summary>Adds the two listeners that the configuration names.</summary>
    public static IWebHostBuilder UsePostrider(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host
            .UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureServices(services =>
            {
                services.AddSingleton<PostriderListeners>();
                services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<PostriderListeners>());
            });
    }

    /// <summary>Adds the pipeline: gateway and admin, each for its own listener.</summary>
    /// <param name="app">The application.</param>
    /// <param name="extendAdmin">Adds middleware of the host on the admin listener, behind its access rules and before all endpoints.</param>
    /// <param name="mapAdmin">
    /// Adds endpoints of the host on the admin listener, behind its access rules: Razor components, static files. Whoever is known may use them, and is
    /// the request's user (<see cref="OperatorClaims"/>); a browser that nobody knows is sent to <c>/login</c> for a page.
    /// </param>
    public static WebApplication UsePostrider(this WebApplication app, Action<IApplicationBuilder>? extendAdmin = null, Action<IEndpointRouteBuilder>? mapAdmin = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var runtime = app.Services.GetRequiredService<PostriderRuntime>();
        app.Use(next => context =>
            ReferenceEquals(context.Features.Get<ListenerTag>(), ListenerTag.Gateway) ? runtime.HandleGatewayAsync(context) : next(context));
        app.UseAdmin(extendAdmin, mapAdmin);
        return app;
    }

    /// <summary>Where the started application listens.</summary>
    public static PostriderAddresses GetPostriderAddresses(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Services.GetRequiredService<PostriderListeners>().Addresses;
    }
}
