using System.Net;
using System.Text;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class ReceiversTests
{
    [Theory]
    [InlineData(1, """{"userId":"u1","payload":{ "a" : 1.50 }}""", """Recieved Data in webhook 1: u1: { "a" : 1.50 }""")]
    [InlineData(2, """{"payload":"text","userId":"müller"}""", "Recieved Data in webhook 2: müller: \"text\"")]
    [InlineData(1, """{"userId":42,"payload":null}""", "Recieved Data in webhook 1: 42: null")]
    [InlineData(2, """{"userId":"a","userId":"b","payload":1,"payload":[2]}""", "Recieved Data in webhook 2: b: [2]")]
    public async Task Post_OfAnEvent_IsAnsweredWithUserAndPayload(int webhook, string body, string expected)
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        using var client = await ConnectAsync(receivers);

        var (status, text) = await PostAsync(client, $"/webhook{webhook}", body);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("""{"userId":"u"}""")]
    [InlineData("""{"payload":1}""")]
    public async Task Post_OfSomethingElse_Is400(string body)
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        using var client = await ConnectAsync(receivers);

        var (status, _) = await PostAsync(client, "/webhook1", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Get_OfEachPath_SaysWhatThereIs()
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        using var client = await ConnectAsync(receivers);

        var front = await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        using var webhook = await client.GetAsync("/webhook1", TestContext.Current.CancellationToken);
        using var other = await client.GetAsync("/webhook3", TestContext.Current.CancellationToken);

        Assert.Contains("/webhook1 or /webhook2", front, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, webhook.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task Post_OfAnEvent_PrintsALineWithItsIdAndAttempt()
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        using var client = await ConnectAsync(receivers);
        client.DefaultRequestHeaders.Add("webhook-id", "evt_x-0-0-7");
        client.DefaultRequestHeaders.Add("postrider-attempt", "3");

        await PostAsync(client, "/webhook2", """{"userId":"u\u001b[2J","payload":{"a":1}}""");

        Assert.Equal(
            """webhook 2  u [2J: {"a":1}  evt_x-0-0-7  attempt 3""",
            await receivers.WaitForLineAsync("webhook 2  "));
    }

    [Fact]
    public async Task Post_WithAFailRateOfOne_Is500AndQuietPrintsNothing()
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0", "--quiet", "--fail-rate", "1");
        using var client = await ConnectAsync(receivers);

        var (status, _) = await PostAsync(client, "/webhook1", """{"userId":"u","payload":1}""");
        await receivers.StopAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Single(receivers.Output.Split('\n'));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signal_WhileRunning_StopsWithExit0(bool interrupt)
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        await receivers.WaitForLineAsync("receivers at");

        if (interrupt)
        {
            receivers.Interrupt();
        }
        else
        {
            receivers.Terminate();
        }

        Assert.Equal(0, await receivers.WaitForExitAsync());
    }

    [Fact]
    public async Task Start_OnABusyPort_IsExit1WithASentence()
    {
        await using var busy = await StubServer.StartAsync(200, "");

        var result = await PostriderProcess.RunAsync("receivers", "--port", busy.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"127.0.0.1:{busy.Address.Port}: address already in use", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n'));
    }

    private static async Task<HttpClient> ConnectAsync(PostriderProcess receivers)
    {
        var line = await receivers.WaitForLineAsync("receivers at ");
        return new HttpClient { BaseAddress = new Uri(line.Split(' ')[2].Replace("webhook1", "", StringComparison.Ordinal)) };
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
