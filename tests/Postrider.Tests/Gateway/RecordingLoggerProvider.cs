using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Postrider.Tests.Gateway;

/// <summary>Keeps every line from warning up, so that a test can say that nothing was logged, or what.</summary>
internal sealed class RecordingLoggerProvider : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(Lines, categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // That the machine is busy, which the web server says in its own time, is nothing that a request did.
            var isBusy = eventId.Name == "HeartbeatSlow" && category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal);
            if (!isBusy && (logLevel >= LogLevel.Warning || eventId.Id is >= 2000 and < 3000))
            {
                lines.Enqueue((logLevel, eventId, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}"));
            }
        }
    }
}
