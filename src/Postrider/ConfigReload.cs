using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider;

/// <summary>Reads the configuration again: delivery first, so that a new destination's start is committed before the gateway names it.</summary>
internal sealed partial class ConfigReload(PostriderBuilder builder, ConfigStore store, PostriderRuntime runtime, ILogger<ConfigReload> logger)
    : IConfigReload, IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            PostriderConfig config;
            try
            {
                config = builder.ReadConfig();
            }
            catch (InvalidConfigException exception)
            {
                Log.Refused(logger, exception.Errors.Count, exception.Errors[0].ToString());
                return [.. exception.Errors.Select(error => error.ToString())];
            }

            config = KeepWhatNeedsAStart(config, store.Current);
            await runtime.ApplyAsync(config, cancellationToken).ConfigureAwait(false);
            store.Replace(config);
            Log.Reloaded(logger, config.Sources.Count, config.Destinations.Count);
            return [];
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // Sockets and files are opened once.
    private PostriderConfig KeepWhatNeedsAStart(PostriderConfig config, PostriderConfig current)
    {
        if (config.Gateway.Listen != current.Gateway.Listen || config.Gateway.Certificate != current.Gateway.Certificate
            || config.Admin.Listen != current.Admin.Listen || config.Log != current.Log
            || config.Delivery.MaxInMemory != current.Delivery.MaxInMemory || !config.Telemetry.IsSameAs(current.Telemetry))
        {
            Log.WaitsForStart(logger);
        }

        return config with
        {
            Gateway = config.Gateway with { Listen = current.Gateway.Listen, Certificate = current.Gateway.Certificate },
            Admin = config.Admin with { Listen = current.Admin.Listen },
            Log = current.Log,
            Telemetry = current.Telemetry,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ConfigReloaded, LogLevel.Information, "The configuration was reloaded: {Sources} sources, {Destinations} destinations.")]
        public static partial void Reloaded(ILogger logger, int sources, int destinations);

        [LoggerMessage(LogEvents.ConfigRefused, LogLevel.Error, "The configuration was not reloaded, nothing changed: {Count} mistakes, the first: {First}")]
        public static partial void Refused(ILogger logger, int count, string first);

        [LoggerMessage(LogEvents.ConfigWaitsForStart, LogLevel.Warning, "Changes of listen, certificate files, log, delivery.maxInMemory and telemetry wait for the next start.")]
        public static partial void WaitsForStart(ILogger logger);
    }
}
