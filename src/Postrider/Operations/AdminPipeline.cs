using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>The admin listener's services and pipeline.</summary>
internal static class AdminPipeline
{
    /// <summary>Needs <see cref="IConfigStore"/> and <see cref="IConfigReload"/> beside it.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddRoutingCore();
        services.TryAddSingleton<ServerState>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AdminCalls>();
        services.TryAddSingleton<AdminEndpoints>();
        services.TryAddSingleton<DestinationEndpoints>();
        services.TryAddSingleton<DeadLetterEndpoints>();
        services.TryAddSingleton<RejectedEventEndpoints>();
        services.TryAddSingleton<ReplayEndpoints>();
        services.TryAddSingleton<History>();
        services.TryAddSingleton<Attempts>();
        services.TryAddSingleton<EventSearches>();
        services.TryAddSingleton<LiveTail>();
        services.TryAddSingleton<JournalEndpoints>();
        services.TryAddSingleton<TailEndpoint>();
        services.TryAddSingleton(provider => new StatusReport(
            provider.GetRequiredService<ServerState>(), provider.GetRequiredService<Readiness>(), provider.GetRequiredService<IConfigStore>()));
        return services;
    }

    /// <summary>Makes a branch of the pipeline the admin listener's.</summary>
    /// <param name="admin">The branch that takes the admin listener's requests.</param>
    /// <param name="extend">Adds what the host serves beside the API, behind the access rules: metrics.</param>
    public static void UseAdmin(this IApplicationBuilder admin, Action<IApplicationBuilder>? extend)
    {
        admin.UseMiddleware<AdminErrors>();
        admin.UseMiddleware<AdminAccess>();
        extend?.Invoke(admin);
        admin.UseRouting();
        admin.UseEndpoints(routes =>
        {
            var services = admin.ApplicationServices;
            services.GetRequiredService<AdminEndpoints>().Map(routes);
            services.GetRequiredService<DestinationEndpoints>().Map(routes);
            services.GetRequiredService<DeadLetterEndpoints>().Map(routes);
            services.GetRequiredService<RejectedEventEndpoints>().Map(routes);
            services.GetRequiredService<ReplayEndpoints>().Map(routes);
            services.GetRequiredService<JournalEndpoints>().Map(routes);
            services.GetRequiredService<TailEndpoint>().Map(routes);
            OpenApiEndpoints.Map(routes);
        });
        admin.Run(context => AdminAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Path}."));
    }
}
