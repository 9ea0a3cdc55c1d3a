using Postrider.Server.Telemetry;
using Postrider.WebConsole;

namespace Postrider.Server.Cli;

/// <summary>Builds the web application that is the server.</summary>
internal static class ServerHost
{
    public static WebApplication Build(Action<PostriderBuilder> load, LogFormat format, LogLevel level)
    {
        var builder = PostriderHost.CreateBuilder();
        AddLogging(builder.Logging, format, level);
        var hasConsole = false;
        return PostriderHost.Build(
            builder,
            postrider =>
            {
                load(postrider);
                builder.Services.AddPostriderTelemetry(postrider.Config.Telemetry);
                hasConsole = postrider.Config.Admin.Console;
                if (hasConsole)
                {
                    builder.Services.AddPostriderConsole();
                }
            },
            admin =>
            {
                admin.UsePostriderMetrics();
                if (hasConsole)
                {
                    admin.UsePostriderConsole();
                }
            },
            routes =>
            {
                if (hasConsole)
                {
                    routes.MapPostriderConsole();
                }
            });
    }

    private static void AddLogging(ILoggingBuilder logging, LogFormat format, LogLevel level)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(level);
        logging.AddFilter("System", LogLevel.Warning);

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
