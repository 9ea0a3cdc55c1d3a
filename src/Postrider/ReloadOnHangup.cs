using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider;

/// <summary>Reads the configuration again on SIGHUP.</summary>
internal sealed partial class ReloadOnHangup(IOperations operations, ILogger<ReloadOnHangup> logger) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            // Otherwise the runtime ends the process, as terminals that hang up expect of programs without a configuration.
            signal.Cancel = true;
            _ = ReloadAsync();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _registration?.Dispose();

    private async Task ReloadAsync()
    {
        try
        {
            // That it was reloaded, or not, the reload says itself; here nobody reads the mistakes but in the log.
            foreach (var error in await operations.ReloadConfigAsync(Operator.Signal, CancellationToken.None).ConfigureAwait(false))
            {
                Log.Refused(logger, error);
            }
        }
#pragma warning disable CA1031 // Nobody awaits this task: what escapes would be lost, and a reload must not end the server.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.HangupReloadRefused, LogLevel.Error, "{ConfigError}")]
        public static partial void Refused(ILogger logger, string configError);

        [LoggerMessage(LogEvents.HangupReloadFailed, LogLevel.Error, "Configuration reload failed, the old one stays in force")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
