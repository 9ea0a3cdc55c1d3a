using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using MudBlazor;
using MudBlazor.Services;
using Postrider.Operations;
using Postrider.WebConsole.Live;
using Postrider.WebConsole.Parts;
using Postrider.WebConsole.Shell;

namespace Postrider.WebConsole;

/// <summary>Puts the web console into a host.</summary>
public static class PostriderConsoleExtensions
{
    // What a circuit keeps of a page whose connection broke; more would be memory for pages that nobody looks at any more.
    private const int MostLostCircuits = 20;

    private static readonly TimeSpan LostCircuitTime = TimeSpan.FromMinutes(3);

    /// <summary>Adds what the console needs beside <see cref="IOperations"/>. Nothing of it runs until a page is opened.</summary>
    public static IServiceCollection AddPostriderConsole(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var hasKeys = services.Any(IsKeyRing);

        // A page belongs to the process that made it, and nothing else is protected here: no key has to be kept on a disk.
        services.TryAddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = MostLostCircuits;
            circuits.DisconnectedCircuitRetentionPeriod = LostCircuitTime;
        });
        if (!hasKeys && services.FirstOrDefault(IsKeyRing) is { } keyRing)
        {
            // It would make keys and write them to the home folder at every first start, for nobody.
            services.Remove(keyRing);
        }

        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.VisibleStateDuration = 6000;
            mud.SnackbarConfiguration.ShowTransitionDuration = 150;
            mud.SnackbarConfiguration.HideTransitionDuration = 150;
            mud.SnackbarConfiguration.MaxDisplayedSnackbars = 4;
        });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ConsoleFiles>();
        services.TryAddSingleton<LiveFeed>();
        services.TryAddScoped<Desk>();
        services.TryAddScoped<Deeds>();
        return services;
    }

    /// <summary>
    /// Lets pages go when the server stops, and gives browsers a page where there is none at their address. Behind routing and the host's access rules,
    /// before the endpoints.
    /// </summary>
    public static IApplicationBuilder UsePostriderConsole(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.UseMiddleware<PageConnections>().UseMiddleware<LostPages>();
    }

    /// <summary>Maps the console's pages, from <c>/</c> on, and their files. The host's access rules come before it.</summary>
    public static IEndpointRouteBuilder MapPostriderConsole(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.ServiceProvider.GetRequiredService<ConsoleFiles>().Map(endpoints);

        // No page has a form that posts: changes go over the page's own connection, whose origin the access rules have checked.
        endpoints.MapRazorComponents<App>().AddInteractiveServerRenderMode().DisableAntiforgery();
        return endpoints;
    }

    private static bool IsKeyRing(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(EphemeralDataProtectionProvider).Assembly;
}
