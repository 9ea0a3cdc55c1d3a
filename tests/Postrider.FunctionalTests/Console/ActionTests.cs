using Microsoft.Playwright;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.WebConsole;

/// <summary>The console of the real executable: each action does what it says, as the admin API tells it.</summary>
public sealed class ActionTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>, IAsyncDisposable
{
    private readonly PostriderServer _server = new();
    private WebhookReceiver? _receiver;
    private ConsolePage? _page;

    private ConsolePage Page => _page ?? throw new InvalidOperationException("Nothing was opened yet.");

    public async ValueTask DisposeAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }

        await _server.DisposeAsync();
        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }
    }

    [Fact]
    public async Task Overview_OfARunningServer_ShowsItsDestinationsAndRequestsNothingElsewhere()
    {
        await StartAsync(WebhookAnswer.Ok);
        await _server.AcceptAsync("ada", """{"order":1}""");
        await _server.WaitUntilSettledAsync("crm");

        await OpenAsync("/");
        await Page.SeeAsync("Every destination gets its events as they come in.");
        await Page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "crm", Exact = true }).ClickAsync();
        await Page.SeeAsync("It gets its events as they come in.");

        Assert.EndsWith("/destinations/crm", Page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(Page.Faults);
    }

    [Fact]
    public async Task Destination_PauseAndResume_DoSo()
    {
        await StartAsync(WebhookAnswer.Ok);
        await OpenAsync("/destinations/crm");

        await Page.ClickAsync("Pause");
        await Page.SeeAsync("Paused by an operator.");
        var paused = await _server.StatusOfAsync("crm");
        await Page.ClickAsync("Resume");
        await Page.SeeAsync("It gets its events as they come in.");
        var resumed = await _server.StatusOfAsync("crm");

        Assert.Equal("paused", paused.State);
        Assert.Equal("running", resumed.State);
    }

    [Fact]
    public async Task Destination_Disable_AsksAndDoesSo()
    {
        await StartAsync(WebhookAnswer.Ok);
        await OpenAsync("/destinations/crm");

        await Page.ClickAsync("Disable");
        await Page.ConfirmAsync();
        await Page.SeeAsync("crm is disabled.");

        Assert.Equal("disabled", (await _server.StatusOfAsync("crm")).State);
    }

    [Fact]
    public async Task Destination_Test_ShowsWhatTheReceiverAnswered()
    {
        await StartAsync(new WebhookAnswer(422, "no such user"));
        await OpenAsync("/destinations/crm");

        await Page.ClickAsync("Send a test");
        await Page.SeeAsync("no such user");

        Assert.Single(_receiver!.Arrivals);
    }

    [Fact]
    public async Task DeadLetters_ReplaySelected_DeliversThatOne()
    {
        await StartAsync(new WebhookAnswer(400, "bad"));
        var ids = await FailAsync(3);
        _receiver!.Answer = _ => WebhookAnswer.Ok;
        await OpenAsync("/dead-letters?destination=crm");

        await Page.Page.GetByRole(AriaRole.Checkbox, new PageGetByRoleOptions { Name = $"Select {ids[1]} of crm" }).CheckAsync();
        await Page.ClickAsync("Replay selected");
        await Page.SeeAsync("Replay 1 dead letter?");
        await Page.ConfirmAsync();

        await _server.StoryAsync(ids[1], "crm", "delivered");
        await _server.StatusOfAsync("crm", "two are left", report => report.DeadLetters == 2);
    }

    [Fact]
    public async Task DeadLetters_DeleteAll_SaysHowManyAndDeletesThem()
    {
        await StartAsync(new WebhookAnswer(400, "bad"));
        await FailAsync(3);
        await OpenAsync("/dead-letters");

        await Page.ClickAsync("Delete all 3");
        await Page.SeeAsync("Delete 3 dead letters?");
        await Page.SeeAsync("This cannot be undone.");
        await Page.ConfirmAsync();
        await Page.SeeAsync("No dead letters.");

        Assert.Equal(0, (await _server.StatusOfAsync("crm")).DeadLetters);
    }

    [Fact]
    public async Task DeadLetters_Inspect_ShowsAnswerAndBody()
    {
        await StartAsync(new WebhookAnswer(400, """{"why":"closed"}"""));
        var ids = await FailAsync(1);
        await OpenAsync("/dead-letters");

        await Page.ClickAsync($"Inspect {ids[0]}");
        await Page.SeeAsync("What the event says");

        Assert.Contains("\"order\": 0", await Page.Page.Locator("pre[aria-label=\"The event's body\"]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("\"why\": \"closed\"", await Page.Page.Locator("pre[aria-label=\"The receiver's answer\"]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfDeadLetters_ShowsHowManyAndItsProgress()
    {
        await StartAsync(new WebhookAnswer(400, "bad"));
        await FailAsync(3);
        _receiver!.Answer = _ => WebhookAnswer.Ok;
        await OpenAsync("/destinations/crm");

        await Page.ClickAsync("Replay …");
        await Page.SeeAsync("3 dead letters match.");
        await Page.ConfirmAsync();
        await Page.SeeAsync("Replaying 3 events to crm.");
        await Page.Page.GetByText("of 3").First.WaitForAsync();

        await _server.StatusOfAsync("crm", "all are delivered", report => report.DeadLetters == 0);
    }

    [Fact]
    public async Task Event_OfADeadLetter_TellsItsStory()
    {
        await StartAsync(new WebhookAnswer(400, "bad"));
        var ids = await FailAsync(1);
        await OpenAsync("/events");

        await Page.Page.GetByLabel("Event id").FillAsync(ids[0]);
        await Page.ClickAsync("Search");
        await Page.SeeAsync("Replay or delete its dead letter");

        Assert.EndsWith($"/events/{ids[0]}", Page.Page.Url, StringComparison.Ordinal);
        Assert.Contains("\"order\": 0", await Page.Page.Locator("pre[aria-label=\"The event's body\"]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_Test_LeadsToTheStoryOfWhatWasStored()
    {
        await StartAsync(WebhookAnswer.Ok);
        await OpenAsync("/sources");

        await Page.ClickAsync("Store a sample event of app");
        await Page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { NameRegex = new("^evt_") }).ClickAsync();
        await Page.SeeAsync("What it says");
        var id = Page.Page.Url.Split('/')[^1];

        await _server.StoryAsync(id, "crm", "delivered");
    }

    [Fact]
    public async Task Config_ChangedFile_IsShownAndReloaded()
    {
        await StartAsync(WebhookAnswer.Ok);
        Configure("timeout: 3s");
        await OpenAsync("/config");

        await Page.Page.Locator(".diff .add").First.WaitForAsync();
        Assert.Contains("timeout: 3s", await Page.Page.Locator(".diff").InnerTextAsync(), StringComparison.Ordinal);
        await Page.ClickAsync("Reload");
        await Page.ConfirmAsync();
        await Page.SeeAsync("Nothing: the file says what is in force.");

        var html = await Page.Page.ContentAsync();
        Assert.DoesNotContain(WebhookReceiver.Secret, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_FileWithMistakes_SaysThemAndIsRefused()
    {
        await StartAsync(WebhookAnswer.Ok);
        Configure("timeuot: 3s");

        await OpenAsync("/config");
        await Page.SeeAsync("The file has mistakes: a reload would be refused.");

        Assert.Contains("timeuot", await Page.Page.Locator(".notice.bad").First.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_AfterAChange_SaysWhoDidWhat()
    {
        await StartAsync(WebhookAnswer.Ok);
        await OpenAsync("/destinations/crm");
        await Page.ClickAsync("Pause");
        await Page.SeeAsync("Paused by an operator.");

        await Page.GoAsync("/audit");
        var row = await Page.Page.Locator("table.data tbody tr").First.InnerTextAsync();

        Assert.Contains("pause", row, StringComparison.Ordinal);
        Assert.Contains("crm", row, StringComparison.Ordinal);
        Assert.Contains("local", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_WithoutAnOpenPage_DoesNothingForTheConsole()
    {
        await StartAsync(WebhookAnswer.Ok);
        await OpenAsync("/");
        await Page.SeeAsync("Every destination gets its events as they come in.");
        await Page.DisposeAsync();
        _page = null;

        // What of the page ends with its connection has ended when the server has been quiet for a while; then idle is what it was.
        await Eventually.GetAsync("it is idle again", MeasureAsync, share => share < 0.02, _server.Describe, TimeSpan.FromMinutes(1));
    }

    private async Task<double> MeasureAsync()
    {
        var window = TimeSpan.FromSeconds(2);
        var before = _server.Process.CpuTime;
        using var timer = new PeriodicTimer(window);
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        return (_server.Process.CpuTime - before) / window;
    }

    private void Configure(params string[] more) =>
        _server.Configure("sources:\n  app: { default: true }\ndestinations:\n" + PostriderServer.Webhook("crm", _receiver!.Address, more));

    private async Task StartAsync(WebhookAnswer answer)
    {
        _receiver = await WebhookReceiver.StartAsync(_ => answer);
        Configure();
        await _server.StartAsync();
    }

    private async Task OpenAsync(string path)
    {
        _page = await browser.OpenAsync(_server.Admin);
        await _page.GoAsync(path);
    }

    /// <summary>Has events end as dead letters.</summary>
    private async Task<string[]> FailAsync(int count)
    {
        var ids = new string[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = await _server.AcceptAsync($"u{i}", $$"""{"order":{{i}}}""");
        }

        await _server.StatusOfAsync("crm", $"{count} dead letters", report => report.DeadLetters == count);
        return ids;
    }
}
