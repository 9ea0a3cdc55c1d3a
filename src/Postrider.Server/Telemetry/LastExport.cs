using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Postrider.Server.Telemetry;

/// <summary>
/// Sends what is left when all else has stopped, within a bound: a collector that takes connections and never answers would hold the stop
/// for as long as the exporters are patient, twice.
/// </summary>
internal sealed class LastExport(TracerProvider? traces, MeterProvider metrics) : IHostedLifecycleService
{
    private const int PatienceMilliseconds = 2000;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => traces?.Shutdown(PatienceMilliseconds), CancellationToken.None),
        Task.Run(() => metrics.Shutdown(PatienceMilliseconds), CancellationToken.None));
}
