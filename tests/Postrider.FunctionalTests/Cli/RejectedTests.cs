namespace Postrider.FunctionalTests.Cli;

public sealed class RejectedTests
{
    [Fact]
    public async Task List_OfSome_IsATableAndSaysHowToGoOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(
            "GET /api/rejected-events",
            """{"items":[{"source":"web","at":"2026-01-02T03:04:05+00:00","reason":"not an object","body":"[1,\n2]"}],"next":"7"}""");

        var result = await admin.RunAsync("rejected", "list", "--source", "web", "--limit", "1", "--cursor", "9");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["GET /api/rejected-events?limit=1&source=web&cursor=9"], admin.Calls);
        Assert.Matches(@"(?m)^ *\S+ \S+ +web +not an object +\[1, 2\] *$", result.Output);
        Assert.EndsWith("There are more: --cursor 7", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OfNone_SaysSo()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/rejected-events", """{"items":[],"next":null}""");

        Assert.Equal("Nothing was rejected.", (await admin.RunAsync("rejected", "list")).Output);
    }

    [Theory]
    [InlineData("--source web", "GET /api/rejected-events?limit=1&total=true&source=web", "DELETE /api/rejected-events?source=web")]
    [InlineData("--all", "GET /api/rejected-events?limit=1&total=true", "DELETE /api/rejected-events?all=true")]
    public async Task Delete_Confirmed_DeletesThem(string which, params string[] calls)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/rejected-events", """{"items":[],"next":null,"total":3}""");
        admin.Answer("DELETE /api/rejected-events", """{"deleted":3}""");

        var result = await admin.RunAsync(["rejected", "delete", "--yes", .. which.Split(' ')]);

        Assert.Equal((0, "3 rejected events deleted"), (result.ExitCode, result.Output));
        Assert.Equal(calls, admin.Calls);
    }

    [Theory]
    [InlineData(3, 2, "This deletes for good 3 rejected events of source web. This asks first")]
    [InlineData(0, 0, "Nothing was rejected.")]
    public async Task Delete_WithNobodyToAsk_SaysHowManyAndDeletesNothing(int total, int exitCode, string text)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/rejected-events", $$"""{"items":[],"next":null,"total":{{total}}}""");

        var result = await admin.RunAsync("rejected", "delete", "--source", "web");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(text, result.Output + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(admin.Calls, call => call.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--yes")]
    [InlineData("--yes --all --source web")]
    public async Task Delete_WithoutSayingWhich_IsExit2AndDeletesNothing(string options)
    {
        await using var admin = await AdminStub.StartAsync();

        var result = await admin.RunAsync(["rejected", "delete", .. options.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(admin.Calls);
    }
}
