using Postrider.Server.Telemetry;
using Postrider.WebConsole;

namespace Postrider.Server.Cli;

/// <summary>Builds the web application that is the server.</summary>
internal static class ServerHost
{
    // What the host may need beyond the attempts in flight: save progress, close files.
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(10);

    public static WebApplication Build(Action<PostriderBuilder> load, LogFormat format, LogLevel level)
    {
        var builder = CreateBuilder();
        AddLogging(builder.Logging, format, level);

        var postrider = builder.Services.AddPostrider();
        load(postrider);
        builder.WebHost.UsePostrider();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = postrider.Config.Delivery.ShutdownTimeout + ClosingTime);
        builder.Services.AddPostriderTelemetry(postrider.Config.Telemetry);
        if (!postrider.Config.Admin.Console)
        {
            return Finish(builder, TelemetryExtensions.UsePostriderMetrics, null);
        }

        builder.Services.AddPostriderConsole();
        return Finish(builder, UseMetricsAndConsole, routes => routes.MapPostriderConsole());
    }

    /// <summary>A builder that obeys our configuration only: no settings file beside the caller, no addresses from the environment.</summary>
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
        return builder;
    }

    private static WebApplication Finish(WebApplicationBuilder builder, Action<IApplicationBuilder> extendAdmin, Action<IEndpointRouteBuilder>? mapAdmin)
    {
        var app = builder.Build();
        app.UsePostrider(extendAdmin, mapAdmin);
        return app;
    }

    private static void UseMetricsAndConsole(IApplicationBuilder admin)
    {
        admin.UsePostriderMetrics();
        admin.UsePostriderConsole();
    }

    private static void AddLogging(ILoggingBuilder logging, LogFormat format, LogLevel level)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);

        // It logs what StartAsync throws, and the command line says that in one sentence.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // At any other level the host makes an Activity and a log scope for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        const string isoTime = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        if (format is LogFormat.Json)
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = isoTime.TrimEnd();

                // The trace of an attempt, where there is one.
                console.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = isoTime;
            });
        }
    }
}
