using System.Runtime.InteropServices;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Reads the configuration again on SIGHUP.</summary>
internal sealed partial class ConfigReloadSignal : IDisposable
{
    private readonly IOperations _operations;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;

    public ConfigReloadSignal(IOperations operations, ILogger logger)
    {
        _operations = operations;
        _logger = logger;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle);
    }

    public void Dispose() => _registration.Dispose();

    private void Handle(PosixSignalContext signal)
    {
        // Otherwise the runtime ends the process, as terminals that hang up expect of programs without a configuration.
        signal.Cancel = true;
        _ = ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        try
        {
            // That it was reloaded, or not, the reload says itself; here nobody reads the mistakes but in the log.
            foreach (var error in await _operations.ReloadConfigAsync(Operator.Signal, CancellationToken.None))
            {
                Log.Error(_logger, error);
            }
        }
#pragma warning disable CA1031 // Nobody awaits this task: what escapes would be lost, and a reload must not end the server.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(_logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(ServerLogEvents.ConfigError, LogLevel.Error, "{ConfigError}")]
        public static partial void Error(ILogger logger, string configError);

        [LoggerMessage(ServerLogEvents.ReloadFailed, LogLevel.Error, "Configuration reload failed, the old one stays in force")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
