using System.Diagnostics.Tracing;
using Postrider.Server.Cli;

namespace Postrider.Server.Telemetry;

/// <summary>Tells of a collector that cannot be reached: the exporters complain to an event source that nobody reads. At most once in a while.</summary>
internal sealed partial class ExporterComplaints(ILogger<ExporterComplaints> logger, TimeProvider time) : EventListener, IHostedService
{
    private const string SourceName = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private bool _listens;
    private long _told;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _listens = true;
        }

        // Sources that were there before this listener.
        foreach (var source in EventSource.GetSources().Where(source => source.Name == SourceName))
        {
            EnableEvents(source, EventLevel.Error);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _listens = false;
        }

        return Task.CompletedTask;
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == SourceName)
        {
            EnableEvents(eventSource, EventLevel.Error);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The base's constructor may call this before our own has set anything.
        if (eventData.EventSource.Name != SourceName || time is null || !MayTell())
        {
            return;
        }

        // The first line: behind it stands a stack.
        var text = string.Join(' ', (eventData.Payload ?? []).OfType<string>().Select(part => part.ReplaceLineEndings("\n").Split('\n')[0]));
        Log.ExportFailed(logger, eventData.EventName, text);
    }

    private bool MayTell()
    {
        lock (_lock)
        {
            if (!_listens || (_told != 0 && time.GetElapsedTime(_told) < Pause))
            {
                return false;
            }

            _told = time.GetTimestamp();
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(ServerLogEvents.ExportFailed, LogLevel.Warning, "Metrics or traces could not be sent, delivery is not concerned: {ExportFailure} {ExportDetails}")]
        public static partial void ExportFailed(ILogger logger, string? exportFailure, string exportDetails);
    }
}
