using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class TailTests
{
    private const string Stored =
        """{"event":{"id":"evt_a-0-0-1","receivedAt":"2026-01-02T03:04:05+00:00","source":"app","key":"ada","type":"track","bodyBytes":51},"attempt":null,"missed":0}""";

    private const string Failed =
        """{"event":null,"attempt":{"at":"2026-01-02T03:04:06+00:00","destination":"crm","eventId":"evt_a-0-0-1","key":"ada\u001b[31m","number":2,"outcome":"retry","status":500,"errorClass":"status","message":"answered 500","durationSeconds":0.0123},"missed":0}""";

    private const string Missed = """{"event":null,"attempt":null,"missed":12}""";

    [Fact]
    public async Task Tail_OfARunningServer_PrintsALineForEach()
    {
        await using var admin = await StubServer.StartAsync(context => SendAsync(context, Stored, Missed, Failed));

        var result = await PostriderProcess.RunAsync("tail", "--count", "2", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(0, result.ExitCode);
        var lines = result.Output.Split('\n');
        Assert.Matches(@"^\d\d:04:05\.000  event    evt_a-0-0-1  from app  key ada  type track  51 B$", lines[0]);
        Assert.Equal("12 lines left out: they came faster than they were read", lines[1]);
        Assert.Matches(@"^\d\d:04:06\.000  attempt  evt_a-0-0-1  to crm  key ada \[31m  attempt 2, retry with 500 in 12\.3 ms: answered 500$", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task Tail_AsJson_PrintsTheItemsThemselves()
    {
        await using var admin = await StubServer.StartAsync(context => SendAsync(context, Stored, Missed, Failed));

        var result = await PostriderProcess.RunAsync("tail", "--json", "--count", "3", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal([Stored, Missed, Failed], result.Output.Split('\n'));
        Assert.All(result.Output.Split('\n'), line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task Tail_WithFilters_PassesThemOn()
    {
        var asked = "";
        await using var admin = await StubServer.StartAsync(context =>
        {
            asked = context.Request.Path + context.Request.QueryString.Value;
            return SendAsync(context, Stored);
        });

        await PostriderProcess.RunAsync(
            "tail", "--count", "1", "--kind", "attempts", "--source", "app", "--destination", "crm", "--key", "a b", "--type", "track", "--failed", "--admin",
            admin.Address.AbsoluteUri);

        Assert.Equal("/api/tail?kind=attempts&source=app&destination=crm&key=a%20b&type=track&failed=true", asked);
    }

    [Fact]
    public async Task Tail_WhenTheConnectionBreaks_ConnectsAgain()
    {
        var calls = 0;
        var isRead = new TaskCompletionSource();
        await using var admin = await StubServer.StartAsync(async context =>
        {
            calls++;
            if (calls == 2)
            {
                context.Response.StatusCode = 503;
                await context.Response.WriteAsync("""{"error":"The server is starting."}""", context.RequestAborted);
                return;
            }

            await SendAsync(context, Stored);
            if (calls == 1)
            {
                await isRead.Task.WaitAsync(PostriderProcess.Patience, context.RequestAborted);
                context.Abort();
            }
        });
        await using var tail = PostriderProcess.Start("tail", "--json", "--count", "2", "--admin", admin.Address.AbsoluteUri);

        await tail.WaitForLineAsync("evt_a-0-0-1");
        isRead.SetResult();

        Assert.Equal(0, await tail.WaitForExitAsync());
        Assert.Equal([Stored, Stored], tail.Output.Split('\n'));
        Assert.Contains("trying again in 0.5 s", tail.Error, StringComparison.Ordinal);
        Assert.Contains("answered 503: The server is starting; trying again in 1 s", tail.Error, StringComparison.Ordinal);
        Assert.Contains("connected again", tail.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_OnCtrlC_IsExit0()
    {
        await using var admin = await StubServer.StartAsync(async context =>
        {
            await SendAsync(context, Stored);
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var tail = PostriderProcess.Start("tail", "--admin", admin.Address.AbsoluteUri);

        await tail.WaitForLineAsync("evt_a-0-0-1");
        tail.Interrupt();

        Assert.Equal(0, await tail.WaitForExitAsync());
        Assert.Equal("", tail.Error);
    }

    [Fact]
    public async Task Tail_ThatIsRefused_IsExit1()
    {
        await using var admin = await StubServer.StartAsync(403, """{"error":"Readers may not see this."}""");

        var result = await PostriderProcess.RunAsync("tail", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("answered 403: Readers may not see this.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_OfSomethingElse_IsExit1WithASentence()
    {
        await using var admin = await StubServer.StartAsync(context => SendAsync(context, "hello"));

        var result = await PostriderProcess.RunAsync("tail", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is it the admin listener of a Postrider server?", result.Error, StringComparison.Ordinal);
    }

    private static async Task SendAsync(HttpContext context, params string[] items)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(": hello\n\n", context.RequestAborted);
        foreach (var item in items)
        {
            await context.Response.WriteAsync($"data: {item}\n\n", context.RequestAborted);
        }

        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
