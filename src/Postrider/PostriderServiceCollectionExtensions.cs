using Microsoft.Extensions.DependencyInjection;

namespace Postrider;

/// <summary>Adds Postrider to a host's services.</summary>
public static class PostriderServiceCollectionExtensions
{
    /// <summary>Adds Postrider; the builder says what to load and where to store.</summary>
    public static PostriderBuilder AddPostrider(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new PostriderBuilder();
    }
}
