using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Operations;

namespace Postrider;

/// <summary>Reads the configuration again: delivery first, so that a new destination's start is committed before the gateway names it.</summary>
internal sealed partial class ConfigReload(PostriderBuilder builder, ConfigStore store, PostriderRuntime runtime, TimeProvider time, ILogger<ConfigReload> logger)
    : IConfigReload, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var waits = false; ; waits = true)
            {
                try
                {
                    return await TryAsync().ConfigureAwait(false);
                }
                catch (Exception exception) when (
                    exception is LogUnavailableException or GenerationMovedException && !cancellationToken.IsCancellationRequested)
                {
                    // Whoever sent a signal would not learn that it came at a bad moment.
                    if (!waits)
                    {
                        Log.Waits(logger, exception.Message);
                    }

                    await Task.WhenAny(Task.Delay(RetryDelay, time, cancellationToken)).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyList<string>> TryAsync()
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
        await runtime.ApplyAsync(config, CancellationToken.None).ConfigureAwait(false);
        store.Replace(config);
        Log.Reloaded(logger, config.Sources.Count, config.Destinations.Count);
        return [];
    }

    // Sockets and files are opened once.
    private PostriderConfig KeepWhatNeedsAStart(PostriderConfig config, PostriderConfig current)
    {
        if (config.Gateway.Listen != current.Gateway.Listen || config.Gateway.Certificate != current.Gateway.Certificate
            || config.Admin.Listen != current.Admin.Listen || config.Admin.History != current.Admin.History
            || config.Admin.Console != current.Admin.Console || config.Log != current.Log
            || config.Delivery.MaxInMemory != current.Delivery.MaxInMemory || !config.Telemetry.IsSameAs(current.Telemetry))
        {
            Log.WaitsForStart(logger);
        }

        return config with
        {
            Gateway = config.Gateway with { Listen = current.Gateway.Listen, Certificate = current.Gateway.Certificate },
            Admin = config.Admin with { Listen = current.Admin.Listen, History = current.Admin.History, Console = current.Admin.Console },
            Delivery = config.Delivery with { MaxInMemory = current.Delivery.MaxInMemory },
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

        [LoggerMessage(LogEvents.ConfigReloadWaits, LogLevel.Warning, "The reload of the configuration waits for the log. {Reason}")]
        public static partial void Waits(ILogger logger, string reason);

        [LoggerMessage(LogEvents.ConfigWaitsForStart, LogLevel.Warning, "Changes of listen, certificate files, admin.history, admin.console, log, delivery.maxInMemory and telemetry wait for the next start.")]
        public static partial void WaitsForStart(ILogger logger);
    }
}
