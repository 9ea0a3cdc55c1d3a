using System.Diagnostics;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

/// <summary>By the real bash: it reads our script and completes as it would at someone's terminal.</summary>
public sealed class CompletionTests
{
    // What bash does on Tab: sets these variables, calls the function that `complete` names with command, word and word before, reads COMPREPLY.
    private const string PressTab =
        """
        source <("$POSTRIDER" completion bash)
        COMP_LINE="$1"
        COMP_POINT=${#COMP_LINE}
        read -ra COMP_WORDS <<< "$COMP_LINE"
        [[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        spec=$(complete -p postrider)
        [[ "$spec" =~ -F\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}" "$POSTRIDER" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    [Theory]
    [InlineData("postrider sta", "status")]
    [InlineData("postrider dead-letters re", "replay")]
    [InlineData("postrider status --wat", "--watch")]
    [InlineData("postrider completion po", "powershell")]
    [InlineData("/some/where/postrider sta", "status")]
    public async Task Tab_InBash_CompletesVerbsAndOptions(string line, string expected)
    {
        Assert.Equal(expected, await PressTabAsync(line));
    }

    [Fact]
    public async Task Tab_AfterTheCommand_NamesEveryVerb()
    {
        var verbs = (await PressTabAsync("postrider ")).Split('\n');

        Assert.Superset(new HashSet<string>(["run", "status", "tail", "events", "doctor", "completion", "replay"]), verbs.ToHashSet());
    }

    [Fact]
    public async Task Tab_WhereADestinationStands_NamesThoseOfTheServer()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/status", WatchTests.Status(stored: 1, delivered: 0));

        Assert.Equal("crm", await PressTabAsync($"postrider pause --admin {admin.Address} cr"));
        Assert.Equal("all-is-well", await PressTabAsync($"postrider tail --admin {admin.Address} --destination al"));
    }

    [Fact]
    public async Task Tab_WithANameFromTheServerThatIsNone_DoesNotPassItOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/status", WatchTests.Status(stored: 1, delivered: 0).Replace("\"crm\"", "\"crm$(touch /tmp/pwned)\"", StringComparison.Ordinal));

        Assert.Equal("", await PressTabAsync($"postrider pause --admin {admin.Address} cr"));
    }

    [Fact]
    public async Task Tab_WithoutAServer_IsSilent()
    {
        Assert.Equal("", await PressTabAsync($"postrider pause --admin http://127.0.0.1:{FreePort.Find()} cr"));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _postrider_completions postrider")]
    [InlineData("zsh", "compdef _postrider postrider")]
    [InlineData("fish", "complete --command postrider")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName postrider")]
    public async Task Completion_OfEachShell_PrintsItsScript(string shell, string part)
    {
        var result = await PostriderProcess.RunAsync("completion", shell);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(part, result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    private static async Task<string> PressTabAsync(string line)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", PressTab, "bash", line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["POSTRIDER"] = ServerExecutable.Path, ["DOTNET_ROOT"] = ServerExecutable.DotnetRoot, ["POSTRIDER_ADMIN"] = null, ["POSTRIDER_TOKEN"] = null },
        })!;
        var output = bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(PostriderProcess.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return (await output).TrimEnd('\n');
    }
}
