using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>A window on a console, that notes what no page of it may do.</summary>
internal sealed class ConsolePage : IAsyncDisposable
{
    private readonly Uri _console;
    private readonly ConcurrentQueue<string> _faults = new();

    public ConsolePage(IPage page, Uri console)
    {
        Page = page;
        _console = console;
        page.Request += (_, request) => Check(request.Url);
        page.WebSocket += (_, socket) => Check(socket.Url);
        page.PageError += (_, error) => _faults.Enqueue($"script failed: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                _faults.Enqueue($"console: {message.Text} {message.Location}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What happened that must not: requests to elsewhere, scripts that failed, what the policy forbade.</summary>
    public IReadOnlyList<string> Faults => [.. _faults];

    /// <summary>Opens a page and waits until it is alive: until then, clicks would be lost.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(new Uri(_console, path).ToString());
        await Page.Locator("[data-alive]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
    }

    /// <summary>Follows what a click leads to.</summary>
    public Task ClickAsync(string button) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).First.ClickAsync();

    /// <summary>Says yes to the question on the screen.</summary>
    public Task ConfirmAsync() => Page.Locator(".mud-dialog [data-yes]").ClickAsync();

    /// <summary>Waits for text anywhere on the page.</summary>
    public Task SeeAsync(string text) => Page.GetByText(text).Filter(new LocatorFilterOptions { Visible = true }).First.WaitForAsync();

    /// <summary>Keeps what the page looks like.</summary>
    public async Task ShootAsync(string name)
    {
        var file = Path.Combine(ConsoleBrowser.ScreenshotFolder, name + ".png");
        Directory.CreateDirectory(ConsoleBrowser.ScreenshotFolder);
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = file, FullPage = true });
        if (ConsoleBrowser.Shown.Contains(name) && Environment.GetEnvironmentVariable("POSTRIDER_UPDATE_SCREENSHOTS") == "1")
        {
            // What fits on a screen: a README shows no scrolls.
            Directory.CreateDirectory(ConsoleBrowser.ImageFolder);
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(ConsoleBrowser.ImageFolder, $"console-{name}.png") });
        }
    }

    /// <summary>What axe finds that is serious or critical, one fault a line.</summary>
    public async Task<string[]> FindAccessibilityFaultsAsync()
    {
        // As a debugger would: the page's own policy lets no script in but the console's.
        await Page.EvaluateAsync(ConsoleBrowser.ReadAxe());
        return await Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run()).violations
              .filter(fault => fault.impact === 'serious' || fault.impact === 'critical')
              .map(fault => `${fault.impact} ${fault.id}: ${fault.nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ').slice(0, 1500)}`)
            """);
    }

    public ValueTask DisposeAsync() => new(Page.Context.CloseAsync());

    private void Check(string url)
    {
        var uri = new Uri(url);
        if (uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Authority != _console.Authority)
        {
            _faults.Enqueue($"left the origin: {url}");
        }
    }
}
