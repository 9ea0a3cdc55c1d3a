using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider;

/// <summary>
/// Runs Postrider in a program of your own, which is how destinations of your own get in: reference the library, add them, call <see cref="RunAsync"/>.
/// </summary>
/// <remarks>
/// Only what reads the configuration must know your destinations. So the program has the verbs <c>run</c> and <c>check</c>, and every verb of
/// <c>postrider</c> that talks to a running server works on it as it is, as <c>postrider status --admin URL</c>.
/// </remarks>
public static partial class PostriderHost
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int BadUsage = 2;

    private const string NoExporter =
        "telemetry is set and has no effect: its exporters belong to the command postrider. Build the program with PostriderHost.Build and add those of your choice.";

    // What the host may need beyond the attempts in flight: save progress, close files.
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(10);

    /// <summary>Does what the command line asks for: <c>run</c> or <c>check</c>, with <c>--config FILE</c>.</summary>
    /// <param name="arguments">The program's arguments.</param>
    /// <param name="extend">Adds your destinations, as <c>postrider =&gt; postrider.AddDestination&lt;FileDestinationFactory&gt;()</c>.</param>
    /// <returns>The exit code: 0 done or stopped in order, 1 failed, 2 the configuration or the command line is not valid.</returns>
    public static async Task<int> RunAsync(string[] arguments, Action<PostriderBuilder> extend)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(extend);
        if (!HostArguments.TryParse(arguments, out var parsed))
        {
            await Console.Error.WriteLineAsync(HostArguments.Usage).ConfigureAwait(false);
            return BadUsage;
        }

        try
        {
            return parsed.Verb == "check"
                ? await CheckAsync(parsed.ConfigFile, extend).ConfigureAwait(false)
                : await ServeAsync(parsed, extend).ConfigureAwait(false);
        }
        catch (InvalidConfigException exception)
        {
            return await TellAsync(exception.Errors.Select(error => error.ToString()), BadUsage).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is PostriderStartException or IOException or UnauthorizedAccessException)
        {
            return await TellAsync([exception.Message], Failed).ConfigureAwait(false);
        }
    }

    /// <summary>Builds the server without starting it, for hosts that add what is their own: metrics exporters, another logger. Where the configuration
    /// is a file, SIGHUP reads it again.</summary>
    /// <param name="builder">A web application's builder; its listeners become those that the configuration names.</param>
    /// <param name="load">Says what to load, and adds your destinations. The log is the one that the configuration names.</param>
    /// <param name="extendAdmin">Adds middleware of the host on the admin listener, behind its access rules and before all endpoints.</param>
    /// <param name="mapAdmin">Adds endpoints of the host on the admin listener, behind its access rules.</param>
    /// <exception cref="InvalidConfigException">The configuration cannot be used.</exception>
    public static WebApplication Build(
        WebApplicationBuilder builder, Action<PostriderBuilder> load, Action<IApplicationBuilder>? extendAdmin = null, Action<IEndpointRouteBuilder>? mapAdmin = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(load);
        var postrider = builder.Services.AddPostrider();
        load(postrider);
        builder.WebHost.UsePostrider();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = postrider.Config.Delivery.ShutdownTimeout + ClosingTime);
        if (postrider.ConfigFile is not null)
        {
            builder.Services.AddHostedService<ReloadOnHangup>();
        }

        var app = builder.Build();
        app.UsePostrider(extendAdmin, mapAdmin);
        return app;
    }

    /// <summary>A builder that obeys Postrider's configuration only: no settings file beside the caller, no addresses from the environment, and what the
    /// web server and the host log is warnings.</summary>
    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "");
        builder.WebHost.UseSetting(WebHostDefaults.HttpsPortsKey, "");
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // It logs what StartAsync throws, and RunAsync says that in one sentence.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        return builder;
    }

    private static async Task<int> ServeAsync(HostArguments arguments, Action<PostriderBuilder> extend)
    {
        var app = Build(CreateBuilder(), postrider =>
        {
            extend(postrider);
            postrider.LoadFromFile(arguments.ConfigFile).DeliverFrom(arguments.DeliverFrom).As(arguments.Role);
        });
        await using var _ = app.ConfigureAwait(false);
        if (AsksForExporters(app.Services.GetRequiredService<IConfigStore>().Current))
        {
            Log.TelemetryHasNoExporter(app.Logger, NoExporter);
        }

        await app.StartAsync().ConfigureAwait(false);
        var addresses = app.GetPostriderAddresses();
        if (addresses.Gateway is { } gateway)
        {
            Console.WriteLine($"gateway {gateway}");
        }

        Console.WriteLine($"admin   {addresses.Admin}");
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        return Done;
    }

    private static async Task<int> CheckAsync(string configFile, Action<PostriderBuilder> extend)
    {
        var result = await PostriderCheck.RunAsync(configFile, extend, CancellationToken.None).ConfigureAwait(false);
        if (result.Config is null)
        {
            return await TellAsync(result.Errors.Select(error => error.ToString()), BadUsage).ConfigureAwait(false);
        }

        Console.WriteLine($"{configFile} is valid.");
        foreach (var note in result.Notes)
        {
            Console.WriteLine(note);
        }

        foreach (var warning in AsksForExporters(result.Config) ? [NoExporter, .. result.Warnings] : result.Warnings)
        {
            Console.WriteLine($"warning: {warning}");
        }

        return Done;
    }

    private static bool AsksForExporters(PostriderConfig config) => !config.Telemetry.IsSameAs(new TelemetryConfig());

    private static async Task<int> TellAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines)
        {
            await Console.Error.WriteLineAsync(line).ConfigureAwait(false);
        }

        return exitCode;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.TelemetryHasNoExporter, LogLevel.Warning, "{Problem}")]
        public static partial void TelemetryHasNoExporter(ILogger logger, string problem);
    }
}
