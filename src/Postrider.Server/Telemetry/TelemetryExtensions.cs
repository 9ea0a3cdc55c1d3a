using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Postrider.Diagnostics;

namespace Postrider.Server.Telemetry;

/// <summary>The exporters. They live here alone: the library only measures.</summary>
internal static class TelemetryExtensions
{
    // No ASP.NET Core or HTTP client meters: they record on every request, and the gateway and the webhooks count what matters themselves.
    private const string RuntimeMeter = "System.Runtime";

    public static IServiceCollection AddPostriderTelemetry(this IServiceCollection services)
    {
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("postrider", serviceVersion: ProductVersion.Text))
            .WithMetrics(metrics => metrics.AddMeter(PostriderMetrics.MeterName, RuntimeMeter).AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));
        return services;
    }

    public static void UsePostriderMetrics(this IApplicationBuilder admin) => admin.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
}
