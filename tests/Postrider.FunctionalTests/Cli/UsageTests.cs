using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("demo")]
    [InlineData("check")]
    [InlineData("send")]
    [InlineData("status")]
    [InlineData("tail")]
    [InlineData("events")]
    [InlineData("events show")]
    [InlineData("events find")]
    [InlineData("doctor")]
    [InlineData("completion")]
    [InlineData("completion bash")]
    [InlineData("dead-letters")]
    [InlineData("dead-letters list")]
    [InlineData("dead-letters show")]
    [InlineData("dead-letters replay")]
    [InlineData("dead-letters delete")]
    [InlineData("rejected")]
    [InlineData("rejected list")]
    [InlineData("rejected delete")]
    [InlineData("replay")]
    [InlineData("replay list")]
    [InlineData("replay show")]
    [InlineData("replay cancel")]
    [InlineData("replay skipped")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("disable")]
    [InlineData("test")]
    [InlineData("skip")]
    [InlineData("receivers")]
    [InlineData("log")]
    [InlineData("log verify")]
    [InlineData("log repair")]
    [InlineData("log dump")]
    public async Task Help_OfEachVerb_TellsItsUsage(string verb)
    {
        var result = await PostriderProcess.RunAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"postrider {verb} ", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task Help_OfTheCommand_NamesEveryVerb()
    {
        var result = await PostriderProcess.RunAsync("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.All(["run", "demo", "check", "send", "status", "tail", "events", "doctor", "completion", "dead-letters", "rejected", "replay", "pause", "resume", "disable", "test", "skip", "receivers", "log"], verb => Assert.Matches($@"(?m)^  {verb} ", result.Output));
    }

    [Fact]
    public async Task Version_OfTheCommand_IsOneLine()
    {
        var result = await PostriderProcess.RunAsync("--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^postrider \d+\.\d+\.\d+$", result.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rnu")]
    [InlineData("run --colour")]
    [InlineData("run --deliver-from middle")]
    [InlineData("run --log-format xml")]
    [InlineData("run extra")]
    [InlineData("send")]
    [InlineData("send --user-id u")]
    [InlineData("send --user-id u --payload {} --url localhost:3000")]
    [InlineData("send --user-id u --payload {} --count 0")]
    [InlineData("send --user-id u --payload hello")]
    [InlineData("send --user-id u --payload @/nowhere/at/all.json")]
    [InlineData("status --admin ftp://127.0.0.1")]
    [InlineData("status --watch --ready")]
    [InlineData("status --watch --interval 5")]
    [InlineData("status --watch --interval 1ms")]
    [InlineData("tail --kind letters")]
    [InlineData("events")]
    [InlineData("events show")]
    [InlineData("events find --limit 0")]
    [InlineData("completion")]
    [InlineData("completion tcsh")]
    [InlineData("dead-letters")]
    [InlineData("dead-letters show")]
    [InlineData("dead-letters list --limit 0")]
    [InlineData("dead-letters list --all")]
    [InlineData("dead-letters delete")]
    [InlineData("dead-letters delete --yes")]
    [InlineData("dead-letters replay --yes --rate 5")]
    [InlineData("dead-letters replay --all --detach --wait")]
    [InlineData("replay --all --yes")]
    [InlineData("replay --since 1h --yes")]
    [InlineData("replay --destination crm --yes")]
    [InlineData("replay --destination crm --class rejected --yes")]
    [InlineData("replay show")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("disable")]
    [InlineData("test")]
    [InlineData("test crm --data hello")]
    [InlineData("test crm --data @/nowhere/at/all.json")]
    [InlineData("skip")]
    [InlineData("skip crm --yes")]
    [InlineData("skip crm --yes --all --before 1h")]
    [InlineData("receivers --port 65536")]
    [InlineData("receivers --port x")]
    [InlineData("receivers --address nowhere")]
    [InlineData("receivers --fail-rate 1.5")]
    [InlineData("receivers --delay 5")]
    [InlineData("demo --seconds -1")]
    [InlineData("log")]
    [InlineData("log mend")]
    [InlineData("log verify --path /nowhere/at/all")]
    [InlineData("log repair --path /")]
    [InlineData("check --config /nowhere/at/all.yaml")]
    public async Task BadUsage_OfAnyKind_IsExit2WithASentence(string arguments)
    {
        var result = await PostriderProcess.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.NotEqual("", result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithoutAConfiguration_PointsToTheDemo()
    {
        var result = await PostriderProcess.RunAsync("run", "--config", "/nowhere/at/all.yaml");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            "postrider: there is no configuration file /nowhere/at/all.yaml. Name one with --config FILE, or try `postrider demo`, which needs none.",
            result.Error);
    }
}
