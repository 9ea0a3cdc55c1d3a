using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class SendTests
{
    private const string Success = """{"success":true,"message":"Event published successfully."}""";

    [Fact]
    public async Task Send_WithAllOptions_PostsTheEventAndPrintsItsId()
    {
        await using var gateway = await StartGatewayAsync();

        var result = await PostriderProcess.RunAsync(
            "send", "--url", gateway.Address.AbsoluteUri, "--user-id", "müller", "--payload", """{ "a": 1.50 }""",
            "--destinations", "crm, warehouse", "--key", "wk_web");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("evt_stub-0-0-1", result.Output);
        var request = Assert.Single(gateway.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Equal("/publish", request.Path);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("wk_web:")), request.Authorization);
        Assert.Equal("""{"userId":"m\u00FCller","payload":{ "a": 1.50 },"destinations":["crm","warehouse"]}""", request.Body);
    }

    [Fact]
    public async Task Send_WithoutDestinationsAndKey_NamesNone()
    {
        await using var gateway = await StartGatewayAsync();

        var result = await PostriderProcess.RunAsync("send", "--url", gateway.Address.AbsoluteUri, "-u", "u", "-p", "null");

        Assert.Equal(0, result.ExitCode);
        var request = Assert.Single(gateway.Requests);
        Assert.Equal("""{"userId":"u","payload":null}""", request.Body);
        Assert.Equal("", request.Authorization);
    }

    [Fact]
    public async Task Send_WithACount_PostsAsOftenAndPrintsEachId()
    {
        await using var gateway = await StartGatewayAsync();

        var result = await PostriderProcess.RunAsync("send", "--url", gateway.Address.AbsoluteUri, "-u", "u", "-p", "1", "--count", "3");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("evt_stub-0-0-1\nevt_stub-0-0-2\nevt_stub-0-0-3", result.Output);
        Assert.Equal(3, gateway.Requests.Count);
    }

    [Fact]
    public async Task Send_WithAPayloadFromAFile_ReadsIt()
    {
        await using var gateway = await StartGatewayAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"from":"file"}""", TestContext.Current.CancellationToken);

        var result = await PostriderProcess.RunAsync("send", "--url", gateway.Address.AbsoluteUri, "-u", "u", "-p", "@" + file);
        File.Delete(file);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("""{"userId":"u","payload":{"from":"file"}}""", Assert.Single(gateway.Requests).Body);
    }

    [Fact]
    public async Task Send_WithAPayloadFromStandardInput_ReadsIt()
    {
        await using var gateway = await StartGatewayAsync();

        var result = await PostriderProcess.RunAsync(["send", "--url", gateway.Address.AbsoluteUri, "-u", "u", "-p", "-"], """["from","input"]""");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("""{"userId":"u","payload":["from","input"]}""", Assert.Single(gateway.Requests).Body);
    }

    [Fact]
    public async Task Send_ThatIsRefused_IsExit1WithTheGatewaysMessage()
    {
        await using var gateway = await StubServer.StartAsync(400, """{"success":false,"message":"userId not present"}""");

        var result = await PostriderProcess.RunAsync("send", "--url", gateway.Address.AbsoluteUri, "-u", "", "-p", "1");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("postrider: refused with 400: userId not present.", result.Error);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task Send_ThatIsRefusedBySomethingElse_ShowsWhatItSaid()
    {
        await using var gateway = await StubServer.StartAsync(502, "<html>bad\ngateway</html>");

        var result = await PostriderProcess.RunAsync("send", "--url", gateway.Address.AbsoluteUri, "-u", "u", "-p", "1");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("postrider: refused with 502: <html>bad gateway</html>.", result.Error);
    }

    [Fact]
    public async Task Send_ToNobody_IsExit1WithASentence()
    {
        var port = FreePort.Find();

        var result = await PostriderProcess.RunAsync("send", "--url", $"http://127.0.0.1:{port}", "-u", "u", "-p", "1", "--count", "2");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"postrider: cannot reach http://127.0.0.1:{port}: Connection refused. Is the server running? 0 of 2 events are stored.", result.Error);
    }

    private static Task<StubServer> StartGatewayAsync()
    {
        var position = 0;
        return StubServer.StartAsync(context =>
        {
            var id = Interlocked.Increment(ref position).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["Postrider-Event-Id"] = $"evt_stub-0-0-{id}";
            return context.Response.WriteAsync(Success, context.RequestAborted);
        });
    }
}
