using Microsoft.Playwright;
using Postrider.FunctionalTests.WebConsole.Fake;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>A reader looks at everything but payloads, and changes nothing.</summary>
public sealed class RoleTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private static readonly string[] Changes =
        ["Pause", "Resume", "Disable", "Send a test", "Replay", "Skip", "Delete", "Reload", "New replay", "Store a sample event", "Cancel"];

    [Theory]
    [InlineData("/destinations/crm", "Over time")]
    [InlineData("/destinations/search-index", "paused by an operator", true)]
    [InlineData("/dead-letters", "409 Conflict")]
    [InlineData("/replays", "Nothing has been replayed.")]
    [InlineData("/rejected", "batch[0]")]
    [InlineData("/sources", "curl -i")]
    [InlineData("/config", "timeout: 5s")]
    public async Task Reader_EveryPageThatChanges_HasNoButtonForIt(string path, string text, bool ignoresCase = false)
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System), "reader");
        await using var page = await browser.OpenAsync(host.Address);

        await page.GoAsync(path);
        await page.SeeAsync(text);
        var buttons = await page.Page.GetByRole(AriaRole.Button).AllInnerTextsAsync();

        Assert.DoesNotContain(buttons, button => Changes.Any(change => button.StartsWith(change, StringComparison.OrdinalIgnoreCase)));
        Assert.False(ignoresCase && buttons.Count == 0);
    }

    [Fact]
    public async Task Reader_Event_IsToldThatBodiesAreForOperators()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System), "reader");
        await using var page = await browser.OpenAsync(host.Address);

        await page.GoAsync("/events/evt_3ardywxrbvoi-0-0-1700000");
        await page.SeeAsync("Bodies are for operators.");
        var html = await page.Page.ContentAsync();

        Assert.DoesNotContain("Post horn, brass", html, StringComparison.Ordinal);
        Assert.DoesNotContain("invoice_closed", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operator_Event_SeesItsBodyEncoded()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);

        await page.GoAsync("/events/evt_3ardywxrbvoi-0-0-1700000");
        await page.SeeAsync("Post horn, brass");

        Assert.Contains("\"name\": \"Saddle soap <b>\"", await page.Page.Locator("pre[aria-label=\"The event's body\"]").InnerTextAsync(), StringComparison.Ordinal);
    }
}
