using Microsoft.Playwright;
using Postrider.FunctionalTests.WebConsole.Fake;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>Without a mouse, and as people like it.</summary>
public sealed class KeyboardTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private const string Focused = "() => document.activeElement.id || document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || document.activeElement.tagName";

    [Fact]
    public async Task SkipLink_Enter_LeadsToTheContent()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/");

        await page.Page.Keyboard.PressAsync("Tab");
        var first = await page.Page.EvaluateAsync<string>(Focused);
        await page.Page.Keyboard.PressAsync("Enter");

        Assert.Equal("Skip to content", first);
        Assert.Equal("main", await page.Page.EvaluateAsync<string>(Focused));
        Assert.Equal("/", new Uri(page.Page.Url).AbsolutePath);
    }

    [Fact]
    public async Task Tab_ThroughThePage_ReachesEveryLinkOfTheMenu()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/");
        await page.Page.EvaluateAsync("() => document.querySelector('a.skip').focus()");
        var reached = new List<string>();

        for (var i = 0; i < 40; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            reached.Add(await page.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href') || document.activeElement.dataset.themeChoice || ''"));
        }

        Assert.Superset(
            new HashSet<string> { "/", "/destinations", "/events", "/tail", "/dead-letters", "/replays", "/rejected", "/sources", "/config", "/audit", "system", "light", "dark" }, reached.ToHashSet());
    }

    [Fact]
    public async Task Focus_OnEveryEntryOfTheMenu_IsVisible()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/");

        // A key makes what is focused next show it. All in one go: the page's own scripts may move the focus in between.
        await page.Page.Keyboard.PressAsync("Tab");
        var entries = await page.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('.side a, .side button')].map(entry => {
              entry.focus();
              const style = getComputedStyle(document.activeElement);
              const shown = document.activeElement === entry && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              return `${entry.getAttribute('href') ?? entry.dataset.themeChoice} ${shown ? 'shows it' : `does not: ${style.outline}`}`;
            })
            """);

        Assert.Equal(
            ((string[])["/", "/", "/destinations", "/events", "/tail", "/dead-letters", "/replays", "/rejected", "/sources", "/config", "/audit", "system", "light", "dark"])
                .Select(entry => $"{entry} shows it"),
            entries);
    }

    [Fact]
    public async Task Navigation_ByKeyboard_MovesTheFocusToTheHeading()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/");

        await page.Page.EvaluateAsync("() => document.querySelector('nav a[href=\"/audit\"]').focus()");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.SeeAsync("19,999 events");

        await page.Page.Locator("h1:focus").WaitForAsync();
        Assert.Equal("Audit log", await page.Page.EvaluateAsync<string>(Focused));
    }

    [Fact]
    public async Task Dialog_Escape_LeavesItAndChangesNothing()
    {
        var operations = new FakeOperations(TimeProvider.System);
        await using var host = await FakeConsoleHost.StartAsync(operations);
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/destinations/crm");

        await page.ClickAsync("Disable");
        await page.SeeAsync("Disable crm?");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Locator(".mud-dialog").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });

        var status = await operations.GetStatusAsync(TestContext.Current.CancellationToken);
        Assert.Equal("running", status!.Destinations.Single(destination => destination.Name == "crm").State);
    }

    [Fact]
    public async Task Theme_Chosen_IsRememberedAndBeatsTheSystem()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address);
        await page.GoAsync("/");
        const string ground = "() => getComputedStyle(document.body).backgroundColor";
        var light = await page.Page.EvaluateAsync<string>(ground);

        await page.ClickAsync("Dark");
        var dark = await page.Page.EvaluateAsync<string>(ground);
        await page.GoAsync("/audit");
        var afterwards = await page.Page.EvaluateAsync<string>(ground);
        await page.ClickAsync("As the system");
        var system = await page.Page.EvaluateAsync<string>(ground);

        Assert.NotEqual(light, dark);
        Assert.Equal(dark, afterwards);
        Assert.Equal(light, system);
    }

    [Fact]
    public async Task Menu_OnAPhone_OpensAndClosesByKeyboard()
    {
        await using var host = await FakeConsoleHost.StartAsync(new FakeOperations(TimeProvider.System));
        await using var page = await browser.OpenAsync(host.Address, phone: true);
        await page.GoAsync("/");
        var menu = page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Menu" });
        var link = page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Audit log" });
        Assert.False(await link.IsVisibleAsync());

        await menu.PressAsync("Enter");
        await link.WaitForAsync();
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.Page.Keyboard.PressAsync("Escape");

        await link.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        Assert.Equal("false", await menu.GetAttributeAsync("aria-expanded"));
    }
}
