using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Server.Telemetry;

/// <summary>The collector: the file's, else the one that OpenTelemetry's own environment variables name.</summary>
internal static class OtlpTarget
{
    private const string SamplerVariable = "OTEL_TRACES_SAMPLER";

    private static readonly string[] EndpointVariables =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    public static bool IsNamed(TelemetryConfig config) => config.Otlp is not null || EndpointVariables.Any(IsSet);

    public static void Add(MeterProviderBuilder metrics, TelemetryConfig config) => metrics.AddOtlpExporter((exporter, reader) =>
    {
        if (config.Otlp is { } otlp)
        {
            Apply(exporter, otlp, "v1/metrics");
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)otlp.Interval.TotalMilliseconds;
            reader.PeriodicExportingMetricReaderOptions.ExportTimeoutMilliseconds = (int)otlp.Timeout.TotalMilliseconds;
        }
    });

    public static void Add(TracerProviderBuilder traces, TelemetryConfig config)
    {
        traces.AddSource(PostriderTracing.SourceName);
        if (config.Traces.Sample is not null || !IsSet(SamplerVariable))
        {
            traces.SetSampler(new LinkedSampler(config.Traces.Sample ?? 1));
        }

        traces.AddOtlpExporter(exporter =>
        {
            if (config.Otlp is { } otlp)
            {
                Apply(exporter, otlp, "v1/traces");
            }
        });
    }

    private static void Apply(OtlpExporterOptions exporter, OtlpConfig otlp, string path)
    {
        var isHttp = otlp.Protocol is OtlpProtocol.Http;

        // An endpoint that code sets is taken as it is: the signal's path is ours to add.
        exporter.Endpoint = isHttp ? new Uri($"{otlp.Endpoint.TrimEnd('/')}/{path}") : new Uri(otlp.Endpoint);
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.TimeoutMilliseconds = (int)otlp.Timeout.TotalMilliseconds;

        // The exporter reads them as name=value, parted by commas, with percent escapes.
        exporter.Headers = string.Join(',', otlp.Headers.Select(header => $"{header.Key}={Uri.EscapeDataString(header.Value)}"));
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
