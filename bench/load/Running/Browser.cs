using System.Diagnostics;
using Microsoft.Playwright;

namespace Postrider.Load.Running;

/// <summary>A headless Chromium, to look at the console with.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Browser> StartAsync()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists) ?? throw new LoadException("Chromium is missing: install your distribution's package 'chromium'.");
        var playwright = await Playwright.CreateAsync();

        // It opens the server's own pages alone; as root, Chromium runs without its sandbox or not at all.
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        return new Browser(playwright, browser);
    }

    /// <summary>Opens a page in a window of its own, with an empty cache, and waits until it shows what is looked for.</summary>
    /// <returns>The time until then.</returns>
    public async Task<TimeSpan> OpenAsync(Uri page, string text)
    {
        var window = await _browser.NewPageAsync();
        var start = Stopwatch.GetTimestamp();
        await window.GotoAsync(page.ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await window.GetByText(text, new PageGetByTextOptions { Exact = true }).First.WaitForAsync();
        return Stopwatch.GetElapsedTime(start);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
