using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Postrider.Gateway;

namespace Postrider;

/// <summary>
/// Hands the gateway's requests over before any middleware of the application: what the admin listener needs, as the authorization that comes
/// with Razor components, would cost every event an allocation and a continuation.
/// </summary>
internal sealed class GatewayFirst(PostriderRuntime runtime) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(other => context =>
            ReferenceEquals(context.Features.Get<ListenerTag>(), ListenerTag.Gateway) ? runtime.HandleGatewayAsync(context) : other(context));
        next(app);
    };
}
