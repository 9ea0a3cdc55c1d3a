using System.CommandLine;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary><c>postrider run</c>: the server.</summary>
internal static class RunVerb
{
    // A name server that does not answer must not hold the warnings back for ever.
    private static readonly TimeSpan LookUpTime = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var config = SharedOptions.Config();
        var deliverFrom = new Option<string?>("--deliver-from")
        {
            Description = "Where delivery begins in a log whose progress is lost or does not match. Without it such a log is refused.",
        };
        deliverFrom.AcceptOnlyFromAmong("oldest", "tail");
        var role = new Option<ServerRole>("--role")
        {
            Description = "What this process does: take events in and deliver them, or one of the two. With a log on Redis any number of processes of each role share it.",
            DefaultValueFactory = _ => ServerRole.Both,
        };
        role.AcceptOnlyFromAmong("both", "gateway", "router");
        var logFormat = new Option<LogFormat>("--log-format") { Description = "How log lines look: for people, or one JSON object each." };
        logFormat.AcceptOnlyFromAmong("text", "json");
        var logLevel = new Option<LogLevel>("--log-level") { Description = "The least serious log lines that are written.", DefaultValueFactory = _ => LogLevel.Information };
        logLevel.AcceptOnlyFromAmong("trace", "debug", "information", "warning", "error", "critical");

        var command = new Command("run", "Runs the server until SIGTERM or Ctrl-C. SIGHUP reads the configuration again.") { config, role, deliverFrom, logFormat, logLevel };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(role), parsed.GetValue(deliverFrom), parsed.GetValue(logFormat), parsed.GetValue(logLevel)));
        return command;
    }

    private static async Task<int> RunAsync(string path, ServerRole role, string? deliverFrom, LogFormat format, LogLevel level)
    {
        if (!File.Exists(path))
        {
            throw new CliException(
                $"there is no configuration file {path}. Name one with --config FILE, or try `postrider demo`, which needs none.", ExitCodes.BadUsage);
        }

        await using var app = ServerHost.Build(postrider => postrider.LoadFromFile(path).DeliverFrom(deliverFrom).As(role), format, level);
        await app.StartAsync();

        var config = app.Services.GetRequiredService<IConfigStore>().Current;
        var status = await app.Services.GetRequiredService<StatusReport>().GetAsync(app.Lifetime.ApplicationStopping);
        Banner.Write(Console.Out, app.GetPostriderAddresses(), status);
        Banner.WriteWarnings(Console.Out, await FindWarningsAsync(app, config, status));

        await app.WaitForShutdownAsync();
        return ExitCodes.Done;
    }

    private static async Task<IEnumerable<string>> FindWarningsAsync(WebApplication app, PostriderConfig config, ServerStatus? status)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        enough.CancelAfter(LookUpTime);
        IEnumerable<string> known = status?.Warnings ?? [];
        try
        {
            return known.Union(await PostriderCheck.FindWarningsAsync(config, app.Services.GetServices<IDestinationFactory>(), enough.Token));
        }
        catch (OperationCanceledException)
        {
            return known;
        }
    }
}
