using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider completion</c>: the script with which a shell completes verbs, options and destinations.</summary>
internal static class CompletionVerb
{
    public static Command Create() => new("completion", "Prints the script with which a shell completes verbs, options and names of destinations.")
    {
        CreateShell("bash", "For bash: add `source <(postrider completion bash)` to ~/.bashrc.", CompletionScripts.Bash),
        CreateShell("zsh", "For zsh: add `source <(postrider completion zsh)` to ~/.zshrc, below compinit.", CompletionScripts.Zsh),
        CreateShell("fish", "For fish: `postrider completion fish > ~/.config/fish/completions/postrider.fish`.", CompletionScripts.Fish),
        CreateShell("powershell", "For PowerShell: add `postrider completion powershell | Out-String | Invoke-Expression` to $PROFILE.", CompletionScripts.PowerShell),
    };

    private static Command CreateShell(string shell, string description, string script)
    {
        var command = new Command(shell, description);
        command.SetAction(_ =>
        {
            Console.Write(script);
            return ExitCodes.Done;
        });
        return command;
    }
}
