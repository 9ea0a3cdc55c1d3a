using Postrider.FunctionalTests.WebConsole.Fake;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>Every page, in both themes and on a phone: it shows something, needs nobody else, and everybody can use it.</summary>
public sealed class PageTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private const string Letter = "/events/evt_3ardywxrbvoi-0-0-1700000";

    public static TheoryData<string, string, string, string> Pages => new()
    {
        { "overview", "/", "Overview", "analytics" },
        { "destinations", "/destinations", "Destinations", "partner-feed" },
        { "destination", "/destinations/billing", "billing", "acct_20441" },
        { "events", "/events", "Events", "Product Viewed" },
        { "event", Letter, "Event", "Dead letter" },
        { "unknown-event", "/events/evt_none", "Event", "No event of this log has that id." },
        { "dead-letters", "/dead-letters", "Dead letters", "409 Conflict: invoice 88123 is closed" },
        { "replays", "/replays", "Replays", "Nothing has been replayed." },
        { "rejected", "/rejected", "Rejected events", "batch[0]: event is not a text" },
        { "tail", "/tail", "Live tail", "stored" },
        { "sources", "/sources", "Sources", "curl -i http://127.0.0.1:3000/publish" },
        { "config", "/config", "Configuration", "timeout: 5s" },
        { "audit", "/audit", "Audit log", "19,999 events" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_Light_ShowsItsDataAndHasNoFault(string name, string path, string heading, string text) => await ShowAsync(name, path, heading, text, dark: false, phone: false);

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_Dark_ShowsItsDataAndHasNoFault(string name, string path, string heading, string text) => await ShowAsync(name, path, heading, text, dark: true, phone: false);

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_Phone_FitsTheScreenAndHasNoFault(string name, string path, string heading, string text) => await ShowAsync(name, path, heading, text, dark: false, phone: true);

    [Fact]
    public async Task Page_FirstAnswer_HoldsTheDataAlready()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        using var http = new HttpClient();

        var html = await http.GetStringAsync(host.Address, TestContext.Current.CancellationToken);

        Assert.Contains("503 Service Unavailable", html, StringComparison.Ordinal);
        Assert.Contains("Needs a look", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_Compressed_AreKeptForEver()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        using var http = new HttpClient();
        var html = await http.GetStringAsync(host.Address, TestContext.Current.CancellationToken);
        var begin = html.IndexOf("/_content/Postrider.Console/", StringComparison.Ordinal);
        var path = html[begin..html.IndexOf('"', begin)];
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, path));
        request.Headers.AcceptEncoding.ParseAdd("br");

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        using var old = await http.GetAsync(new Uri(host.Address, "/_content/Postrider.Console/000000000000/console.css"), TestContext.Current.CancellationToken);

        Assert.Equal("br", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, old.StatusCode);
    }

    private async Task ShowAsync(string name, string path, string heading, string text, bool dark, bool phone)
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address, dark, phone);

        await page.GoAsync(path);
        await page.SeeAsync(text);
        await page.ShootAsync($"{name}-{(phone ? "phone" : dark ? "dark" : "light")}");

        Assert.Equal(heading, await page.Page.Locator("h1").InnerTextAsync());
        Assert.EndsWith("· Postrider", await page.Page.TitleAsync(), StringComparison.Ordinal);
        Assert.True(await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "It is wider than the screen.");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.Empty(page.Faults);
    }
}
