using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Postrider.Operations;

namespace Postrider;

/// <summary>Puts Postrider's listeners and pipeline into a web application.</summary>
public static class PostriderApplicationExtensions
{
    /// <summary>
    /// Adds the two listeners that the configuration names. What comes to the gateway's is answered before any middleware of the application.
    /// </summary>
    public static IWebHostBuilder UsePostrider(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host
            .UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureServices(services =>
            {
                services.AddSingleton<PostriderListeners>();
                services.AddSingleton<IStartupFilter, GatewayFirst>();
                services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<PostriderListeners>());
            });
    }

    /// <summary>Adds the admin listener's pipeline.</summary>
    /// <param name="app">The application.</param>
    /// <param name="extendAdmin">Adds middleware of the host on the admin listener, behind its access rules and before all endpoints.</param>
    /// <param name="mapAdmin">
    /// Adds endpoints of the host on the admin listener, behind its access rules: Razor components, static files. Whoever is known may use them, and is
    /// the request's user (<see cref="OperatorClaims"/>); a browser that nobody knows is sent to <c>/login</c> for a page.
    /// </param>
    public static WebApplication UsePostrider(this WebApplication app, Action<IApplicationBuilder>? extendAdmin = null, Action<IEndpointRouteBuilder>? mapAdmin = null)
    {
        ArgumentNullException.ThrowIfNull(app);
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
