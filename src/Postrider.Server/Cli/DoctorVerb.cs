using System.CommandLine;
using System.Text.Json;
using Postrider.Diagnostics;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary><c>postrider doctor</c>: examines configuration, machine, log, destinations and the running server, and says what to do.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var command = new Command(
            "doctor",
            "Examines the configuration, its ports, the disk or Redis, the clock, every destination with its certificate, secrets, and the running server, "
                + "and says what to do. Connects and hangs up; sends no event. Exit code 1 if it finds an error.")
        {
            config,
        };
        var admin = AdminOptions.AddTo(command);
        var json = new Option<bool>("--json") { Description = "Prints one JSON object: errors, warnings, findings." };
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var isQuiet = parsed.GetValue(json) || Console.IsOutputRedirected;
            var findings = isQuiet
                ? await ExamineAsync(parsed, config, admin, (_, _) => { }, cancellationToken)
                : await ShowAsync((begin, token) => ExamineAsync(parsed, config, admin, begin, token), cancellationToken);
            var report = DoctorReport.Of(findings);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report, AnswerJson.Default.DoctorReport));
            }
            else
            {
                Write(report);
            }

            return report.Errors > 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(
        ParseResult parsed, Option<string> config, AdminOptions admin, Action<string, double> begin, CancellationToken cancellationToken)
    {
        var path = parsed.GetRequiredValue(config);
        List<Finding> findings = [];
        if (File.Exists(path))
        {
            findings.AddRange(await PostriderDoctor.ExamineAsync(path, _ => { }, begin, cancellationToken));
        }
        else if (!admin.IsGiven(parsed) || parsed.GetResult(config) is { Implicit: false })
        {
            findings.Add(Finding.Error("configuration", path, "there is no such file", "Name the configuration with --config FILE, or a running server with --admin URL."));
        }

        begin("the running server", 1);
        findings.AddRange(await new ServerExamination(admin.Connect(parsed), isAsked: admin.IsGiven(parsed)).RunAsync(cancellationToken));
        return findings;
    }

    private static async Task<IReadOnlyList<Finding>> ShowAsync(
        Func<Action<string, double>, CancellationToken, Task<IReadOnlyList<Finding>>> examine, CancellationToken cancellationToken)
    {
        IReadOnlyList<Finding> findings = [];
        await AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("…", maxValue: 1);
                findings = await examine(
                    (what, part) =>
                    {
                        bar.Description = Markup.Escape(what);
                        bar.Value = part;
                    },
                    cancellationToken);
            });
        return findings;
    }

    private static void Write(DoctorReport report)
    {
        var console = Terminal.Create();
        foreach (var finding in report.Findings)
        {
            var (word, color) = finding.Level switch
            {
                FindingLevel.Error => ("error  ", Color.Red),
                FindingLevel.Warning => ("warning", Color.Yellow),
                _ => ("ok     ", Color.Green),
            };
            console.Write(word, new Style(color));
            console.WriteLine($"  {ApiText.Printable($"{finding.Area} {finding.Subject}: {finding.Text}")}");
            if (finding.Cure is { } cure)
            {
                console.WriteLine($"         → {ApiText.Printable(cure)}");
            }
        }

        console.WriteLine();
        console.WriteLine(report switch
        {
            { Errors: 0, Warnings: 0 } => "Everything is as it should be.",
            _ => $"{ApiText.Spell(report.Errors, "error")}, {ApiText.Spell(report.Warnings, "warning")}.",
        });
    }
}
