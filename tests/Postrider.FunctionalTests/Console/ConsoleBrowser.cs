using Microsoft.Playwright;
using Postrider.FunctionalTests.Clients;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>A headless Chromium for the tests of a class. Where there is none, they are skipped and say so.</summary>
public sealed class ConsoleBrowser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The axe of the tests' npm packages, to be run inside of a page.</summary>
    private static string AxeFile { get; } = Path.Combine(ClientTools.Folder, "node_modules", "axe-core", "axe.min.js");

    /// <summary>Where screenshots are kept.</summary>
    public static string ScreenshotFolder { get; } = Path.Combine(ServerExecutable.RepositoryRoot, "artifacts", "console");

    /// <summary>Where those of the README are.</summary>
    public static string ImageFolder { get; } = Path.Combine(ServerExecutable.RepositoryRoot, "docs", "images");

    /// <summary>The names of those of the README.</summary>
    public static IReadOnlyList<string> Shown { get; } = ["overview-light", "destination-dark", "event-light"];

    public async ValueTask InitializeAsync()
    {
        if (ClientTools.Browser is { } chromium)
        {
            _playwright = await Playwright.CreateAsync();

            // The tests open pages of their own making alone; as root, Chromium runs without its sandbox or not at all.
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a window on a console.</summary>
    /// <param name="console">Its address.</param>
    /// <param name="dark">The system's theme.</param>
    /// <param name="phone">A small screen.</param>
    internal async Task<ConsolePage> OpenAsync(Uri console, bool dark = false, bool phone = false)
    {
        Assert.SkipWhen(_browser is null, "Chromium is missing.");
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1400, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout((float)PostriderProcess.Patience.TotalMilliseconds);
        return new ConsolePage(await context.NewPageAsync(), console);
    }

    /// <summary>The source of axe; skips the test where it is not installed.</summary>
    internal static string ReadAxe()
    {
        Assert.SkipUnless(File.Exists(AxeFile), "axe-core is not installed: run npm ci in tests/clients (test.sh does, with Node 20 or later).");
        return File.ReadAllText(AxeFile);
    }
}
