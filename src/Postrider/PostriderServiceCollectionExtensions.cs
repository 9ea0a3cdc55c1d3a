using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider;

/// <summary>Adds Postrider to a host's services.</summary>
public static class PostriderServiceCollectionExtensions
{
    /// <summary>Adds Postrider; the builder says what to load and where to store.</summary>
    public static PostriderBuilder AddPostrider(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var builder = new PostriderBuilder(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<PostriderMetrics>();

        services.AddSingleton(builder);
        services.AddSingleton(provider => new ConfigStore(builder.Config, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IConfigStore>(provider => provider.GetRequiredService<ConfigStore>());

        services.AddSingleton<PostriderRuntime>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PostriderRuntime>());
        services.AddSingleton<IConfigReload, ConfigReload>();
        services.AddSingleton<IConfigSource, ConfigFile>();
        services.AddSingleton<IGatewayDoor, GatewayDoor>();
        services.AddOperations();
        return builder;
    }
}
