using System.Net;
using System.Net.Http.Headers;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.WebConsole.Fake;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>The console in the real server: beside the API, switched off, and at the server's end.</summary>
public sealed class ServerConsoleTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private const string Html = "text/html";
    private const string Json = "application/json";
    private const string NoSuchPage = "There is no such page.";

    [Fact]
    public async Task UnknownAddress_ForBrowsersAndPrograms_IsAnsweredInTheirForm()
    {
        await using var server = new PostriderServer("log: { type: embedded, path: ./data }");
        await server.StartAsync();

        (string Method, string Path, string Accept, HttpStatusCode Status, string Type)[] calls =
        [
            ("GET", "/", Html, HttpStatusCode.OK, Html),
            ("GET", "/no/such-page", Html, HttpStatusCode.NotFound, Html),
            ("HEAD", "/no/such-page", Html, HttpStatusCode.NotFound, Html),
            ("GET", "/no/such-page", Json, HttpStatusCode.NotFound, Json),
            ("POST", "/no/such-page", Html, HttpStatusCode.NotFound, Json),
            ("GET", "/api/no-such-call", Html, HttpStatusCode.NotFound, Json),
            ("GET", "/health/no", Html, HttpStatusCode.NotFound, Json),
            ("GET", "/metrics", Html, HttpStatusCode.OK, "text/plain"),
            ("GET", "/api/config/reload", Html, HttpStatusCode.MethodNotAllowed, Json),
            ("GET", "/logout", Html, HttpStatusCode.MethodNotAllowed, Json),
            ("DELETE", "/api/status", Html, HttpStatusCode.MethodNotAllowed, Json),
        ];
        foreach (var (method, path, accept, status, type) in calls)
        {
            var answer = await AskAsync(server, path, accept, method);

            Assert.True((answer.Status, answer.Type) == (status, type), $"{method} {path} for {accept}: {answer}");
            Assert.Equal(method != "HEAD" && (status, type) == (HttpStatusCode.NotFound, Html), answer.Body.Contains(NoSuchPage, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task UnknownAddress_InABrowser_IsAPageThatLeadsOn()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);

        await page.GoAsync("/destination/crm/which-is-spelt-otherwise");
        await page.SeeAsync(NoSuchPage);
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.Page.GetByText("Go to the overview").ClickAsync();
        await page.SeeAsync("Needs a look");

        Assert.Equal("/", new Uri(page.Page.Url).AbsolutePath);
        Assert.All(page.Faults, fault => Assert.Contains("404", fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Console_SwitchedOff_LeavesTheApiAndWaitsForAStartToComeBack()
    {
        await using var server = new PostriderServer();
        Configure(server, console: false);
        await server.StartAsync();

        var page = await AskAsync(server, "/", Html);
        var files = await AskAsync(server, "/_content/Postrider.Console/x/console.css", "*/*");
        var status = await AskAsync(server, "/api/status", Json);
        var metrics = await AskAsync(server, "/metrics", "*/*");
        Configure(server, console: true);
        server.Process.Hangup();
        await server.Process.WaitForLineAsync("admin.console");
        var afterReload = await AskAsync(server, "/", Html);
        await server.StopAsync();
        await server.StartAsync();
        var afterStart = await AskAsync(server, "/", Html);

        Assert.Equal((HttpStatusCode.NotFound, Json), (page.Status, page.Type));
        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.OK),
            (files.Status, status.Status, metrics.Status, afterReload.Status, afterStart.Status));
    }

    [Fact]
    public async Task Stop_WithPagesOpen_IsOrderlyAndComplainsOfNothing()
    {
        await using var server = new PostriderServer("log: { type: embedded, path: ./data }");
        await server.StartAsync();
        await using var overview = await browser.OpenAsync(server.Admin);
        await using var tail = await browser.OpenAsync(server.Admin);
        await overview.GoAsync("/");
        await tail.GoAsync("/tail");

        var began = TimeProvider.System.GetTimestamp();
        await server.StopAsync();

        // Pages do not hold it up: nothing is in flight, and the host would wait for delivery.shutdownTimeout and closing together.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("fail:", server.Process.Output + server.Process.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Process.Output + server.Process.Error, StringComparison.Ordinal);
    }

    private static void Configure(PostriderServer server, bool console) => File.WriteAllText(server.ConfigFile, $$"""
        gateway: { listen: "http://127.0.0.1:0" }
        admin: { listen: "http://127.0.0.1:0", console: {{(console ? "true" : "false")}} }
        log: { type: embedded, path: ./data }
        """);

    private static async Task<(HttpStatusCode Status, string? Type, string Body)> AskAsync(PostriderServer server, string path, string accept, string method = "GET")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Admin, path));
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
