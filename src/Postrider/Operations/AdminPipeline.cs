using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Postrider.Configuration;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>The admin listener's services and pipeline.</summary>
internal static class AdminPipeline
{
    /// <summary>Needs <see cref="IConfigStore"/>, <see cref="IConfigReload"/>, <see cref="IConfigSource"/> and <see cref="IGatewayDoor"/> beside it.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddRoutingCore();
        services.TryAddSingleton<ServerState>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Sessions>();
        services.TryAddSingleton<LoginThrottle>();
        services.TryAddSingleton<Authentication>();
        services.TryAddSingleton<LoginEndpoints>();
        services.AddOperationsFacade();
        services.TryAddSingleton<AdminCalls>();
        services.TryAddSingleton<ConfigEndpoints>();
        services.TryAddSingleton<AdminEndpoints>();
        services.TryAddSingleton<DestinationEndpoints>();
        services.TryAddSingleton<DeadLetterEndpoints>();
        services.TryAddSingleton<RejectedEventEndpoints>();
        services.TryAddSingleton<ReplayEndpoints>();
        services.TryAddSingleton<JournalEndpoints>();
        services.TryAddSingleton<TailEndpoint>();
        services.TryAddSingleton(provider => new StatusReport(
            provider.GetRequiredService<ServerState>(), provider.GetRequiredService<Readiness>(), provider.GetRequiredService<IConfigStore>()));
        return services;
    }

    private static void AddOperationsFacade(this IServiceCollection services)
    {
        services.TryAddSingleton<IHistory, History>();
        services.TryAddSingleton<IAttempts, Attempts>();
        services.TryAddSingleton<IEventSearches, EventSearches>();
        services.TryAddSingleton<ILiveTail, LiveTail>();
        services.TryAddSingleton<AuditLog>();
        services.TryAddSingleton<GivenUpEvents>();
        services.TryAddSingleton<ReplayControls>();
        services.TryAddSingleton<DestinationControls>();
        services.TryAddSingleton<SourceControls>();
        services.TryAddSingleton<ConfigControls>();
        services.TryAddSingleton<IOperations, OperationsFacade>();
    }

    /// <summary>Makes a branch of the pipeline the admin listener's.</summary>
    /// <param name="admin">The branch that takes the admin listener's requests.</param>
    /// <param name="extend">Adds middleware of the host behind the access rules: metrics, what its pages need.</param>
    /// <param name="map">Adds endpoints of the host behind the access rules: its pages and their files.</param>
    public static void UseAdmin(this IApplicationBuilder admin, Action<IApplicationBuilder>? extend, Action<IEndpointRouteBuilder>? map = null)
    {
        admin.UseMiddleware<AdminErrors>();

        // Before the access rules, because each endpoint says who may use it.
        admin.UseRouting();
        admin.UseMiddleware<AdminAccess>();
        extend?.Invoke(admin);
        admin.UseEndpoints(routes =>
        {
            var services = admin.ApplicationServices;
            services.GetRequiredService<LoginEndpoints>().Map(routes);
            services.GetRequiredService<AdminEndpoints>().Map(routes);
            services.GetRequiredService<DestinationEndpoints>().Map(routes);
            services.GetRequiredService<DeadLetterEndpoints>().Map(routes);
            services.GetRequiredService<RejectedEventEndpoints>().Map(routes);
            services.GetRequiredService<ReplayEndpoints>().Map(routes);
            services.GetRequiredService<JournalEndpoints>().Map(routes);
            services.GetRequiredService<TailEndpoint>().Map(routes);
            services.GetRequiredService<ConfigEndpoints>().Map(routes);
            OpenApiEndpoints.Map(routes);
            map?.Invoke(routes);
        });
        admin.Run(context => AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Path}."));
    }
}
