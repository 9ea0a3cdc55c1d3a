using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Server.Telemetry;

/// <summary>The exporters. They live here alone: the library only measures.</summary>
internal static class TelemetryExtensions
{
    // No ASP.NET Core or HTTP client meters: they record on every request, and the gateway and the webhooks count what matters themselves.
    private const string RuntimeMeter = "System.Runtime";

    public static IServiceCollection AddPostriderTelemetry(this IServiceCollection services, TelemetryConfig config)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, config))
            .WithMetrics(metrics => metrics.AddMeter(PostriderMetrics.MeterName, RuntimeMeter).AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));
        if (OtlpTarget.IsNamed(config))
        {
            telemetry.WithMetrics(metrics => OtlpTarget.Add(metrics, config));
            if (config.Traces.Enabled)
            {
                telemetry.WithTracing(traces => OtlpTarget.Add(traces, config));
            }

            services.AddHostedService<ExporterComplaints>();
            services.AddHostedService(provider => new LastExport(provider.GetService<TracerProvider>(), provider.GetRequiredService<MeterProvider>()));
        }

        return services;
    }

    public static void UsePostriderMetrics(this IApplicationBuilder admin) => admin.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");

    // The file's word counts before the environment's, and that before our own.
    private static void Describe(ResourceBuilder resource, TelemetryConfig config)
    {
        resource.AddService("postrider", serviceVersion: ProductVersion.Text).AddEnvironmentVariableDetector();
        if (config.ServiceName is { } name)
        {
            resource.AddAttributes([new("service.name", name)]);
        }
    }
}
