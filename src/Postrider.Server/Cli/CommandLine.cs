using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Microsoft.AspNetCore.Connections;
using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider.Server.Cli;

/// <summary>The verbs, and what each way to end says on standard error.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        // A payload may begin with @, which must reach `send` and not be read as a file of arguments.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        if (Suggestions.IsAsked(arguments))
        {
            return Suggestions.Print(Create(), configuration, arguments);
        }

        var result = Create().Parse(arguments, configuration);

        // Signals belong to the hosts of `run`, `demo` and `receivers`; the other verbs just end.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        if (result.Action is ParseErrorAction refusal)
        {
            refusal.ShowHelp = arguments.Length == 0;
            invocation.Output = Console.Error;
            await result.InvokeAsync(invocation);
            return ExitCodes.BadUsage;
        }

        return await InvokeAsync(result, invocation);
    }

    // No RootCommand: it would call itself as the assembly is called, and the assembly cannot be called as the command is.
    private static Command Create() =>
        new("postrider", "Takes events over HTTP, stores each durably before it answers, and delivers it to every destination it is routed to: "
            + "at least once, in order per user.")
        {
            new HelpOption(),
            new VersionOption { Action = new VersionAction() },
            RunVerb.Create(),
            DemoVerb.Create(),
            CheckVerb.Create(),
            SendVerb.Create(),
            StatusVerb.Create(),
            TailVerb.Create(),
            EventsVerb.Create(),
            DoctorVerb.Create(),
            DeadLettersVerb.Create(),
            RejectedVerb.Create(),
            ReplayVerb.Create(),
            DestinationVerbs.CreatePause(),
            DestinationVerbs.CreateResume(),
            DestinationVerbs.CreateDisable(),
            TestVerb.Create(),
            SkipVerb.Create(),
            ReceiversVerb.Create(),
            LogVerb.Create(),
            CompletionVerb.Create(),
        };

    private static async Task<int> InvokeAsync(ParseResult result, InvocationConfiguration invocation)
    {
        try
        {
            return await result.InvokeAsync(invocation);
        }
        catch (CliException exception)
        {
            return Tell(exception.Message, exception.ExitCode);
        }
        catch (InvalidConfigException exception)
        {
            foreach (var error in exception.Errors)
            {
                await Console.Error.WriteLineAsync(error.ToString());
            }

            return ExitCodes.BadUsage;
        }
        catch (PostriderStartException exception)
        {
            return Tell(exception.Message, ExitCodes.Failed);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            return Tell($"{exception.Message} Stop what listens there, or choose another port.", ExitCodes.Failed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Tell(exception.Message, ExitCodes.Failed);
        }
#pragma warning disable CA1031 // The last word of the process: a surprise is shown whole, for the bug report.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Tell($"unexpected failure, please report it:{Environment.NewLine}{exception}", ExitCodes.Failed);
        }
    }

    private static int Tell(string message, int exitCode)
    {
        Console.Error.WriteLine($"postrider: {message}");
        return exitCode;
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"postrider {ProductVersion.Text}");
            return ExitCodes.Done;
        }
    }
}
