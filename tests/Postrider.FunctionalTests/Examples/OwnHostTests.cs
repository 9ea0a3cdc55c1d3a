using System.Globalization;
using System.Text;
using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Examples;

/// <summary>The example's program: Postrider with a destination of one's own, as the guide describes it.</summary>
[Collection(RealServers.Name)]
public sealed class OwnHostTests : IDisposable
{
    private const int Users = 5;
    private const int EventsOfEachUser = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-test-");
    private readonly HttpClient _http = new();

    private string Archive => Path.Combine(_folder.FullName, "archive");

    private static string Executable
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(
                ServerExecutable.RepositoryRoot, "examples", "file-destination", "FileDestination.Host", "bin", output.Parent!.Name, output.Name, "FileDestination.Host");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_KilledInTheMiddle_EachEventIsInTheFilesInOrder()
    {
        Configure(Archive);
        await using (var first = await StartAsync())
        {
            await PublishAsync(first, 0, EventsOfEachUser / 2);
            await first.KillAsync();
        }

        await using var second = await StartAsync();
        await PublishAsync(second, EventsOfEachUser / 2, EventsOfEachUser);
        var lines = await Eventually.GetAsync(
            "all events are in the files",
            () => Task.FromResult(ReadLines()),
            found => found.Select(line => line.Id).Distinct().Count() == Users * EventsOfEachUser);
        second.Terminate();

        Assert.Equal(0, await second.WaitForExitAsync());
        foreach (var lane in lines.DistinctBy(line => line.Id).GroupBy(line => line.UserId))
        {
            Assert.Equal(Enumerable.Range(0, EventsOfEachUser), lane.Select(line => line.Number));
        }
    }

    [Fact]
    public async Task Verbs_ThatTalkToAServer_WorkOnIt()
    {
        Configure(Archive);
        await using var host = await StartAsync();

        var status = await PostriderProcess.RunAsync("status", "--admin", await AddressAsync(host, "admin"));

        Assert.Equal(0, status.ExitCode);
        Assert.Contains("archive", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hangup_AfterABadEdit_NamesItsLineAndGoesOn()
    {
        Configure(Archive);
        await using var host = await StartAsync();

        Configure("not/absolute");
        host.Hangup();
        await host.WaitForLineAsync("postrider.yaml:7:13: destinations.archive.folder: expected an absolute path");
        Configure(Archive);
        host.Hangup();
        await host.WaitForLineAsync("The configuration was reloaded");

        await PublishAsync(host, 0, 1);
        await Eventually.TrueAsync("the events are in the files", () => ReadLines().Count == Users);
    }

    [Theory]
    [InlineData("/archive", 0, "postrider.yaml is valid")]
    [InlineData("not/absolute", 2, "postrider.yaml:7:13: destinations.archive.folder")]
    public async Task Check_Settings_AreTheDestinationsOwn(string archive, int exitCode, string says)
    {
        Configure(archive);
        await using var check = PostriderProcess.Start(["check"], null, _folder.FullName, Executable);

        Assert.Equal(exitCode, await check.WaitForExitAsync());
        Assert.Contains(says, check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_InAProgramWithoutExporters_IsSaidToHaveNoEffect()
    {
        Configure(Archive);
        await File.AppendAllTextAsync(
            Path.Combine(_folder.FullName, "postrider.yaml"), "\ntelemetry: { otlp: { endpoint: \"http://127.0.0.1:4317\" } }\n", TestContext.Current.CancellationToken);
        await using var check = PostriderProcess.Start(["check"], null, _folder.FullName, Executable);
        Assert.Equal(0, await check.WaitForExitAsync());

        await using var host = await StartAsync();

        await host.WaitForLineAsync("telemetry is set and has no effect");
        Assert.Contains("warning: telemetry is set and has no effect", check.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("serve")]
    [InlineData("run", "--config")]
    [InlineData("run", "--deliver-from", "yesterday")]
    [InlineData("check", "--deliver-from", "tail")]
    public async Task Usage_Wrong_IsSaidWithExitCodeTwo(params string[] arguments)
    {
        await using var refused = PostriderProcess.Start(arguments, null, _folder.FullName, Executable);

        Assert.Equal(2, await refused.WaitForExitAsync());
        Assert.Contains("usage: run", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithoutAFile_SaysSo()
    {
        await using var refused = PostriderProcess.Start(["run"], null, _folder.FullName, Executable);

        Assert.Equal(2, await refused.WaitForExitAsync());
        Assert.Contains("there is no such file", refused.Error, StringComparison.Ordinal);
    }

    private void Configure(string archive)
    {
        Directory.CreateDirectory(Archive);
        File.WriteAllText(Path.Combine(_folder.FullName, "postrider.yaml"), $$"""
            gateway: { listen: "http://127.0.0.1:0" }
            admin:   { listen: "http://127.0.0.1:0" }
            log:     { type: embedded, path: ./data }
            destinations:
              archive:
                type: file
                folder: {{archive}}
            """);
    }

    private async Task<PostriderProcess> StartAsync()
    {
        var host = PostriderProcess.Start(["run", "--config", Path.Combine(_folder.FullName, "postrider.yaml")], null, executable: Executable);
        await AddressAsync(host, "admin");
        return host;
    }

    private static async Task<string> AddressAsync(PostriderProcess host, string part) =>
        (await host.WaitForLineAsync(line => line.StartsWith($"{part} ", StringComparison.Ordinal), $"the address of {part}")).Split(' ')[^1];

    private async Task PublishAsync(PostriderProcess host, int from, int to)
    {
        var gateway = new Uri(await AddressAsync(host, "gateway"));
        await Task.WhenAll(Enumerable.Range(0, Users).Select(async user =>
        {
            for (var number = from; number < to; number++)
            {
                using var body = new StringContent($$"""{"userId":"user-{{user}}","payload":{{number}}}""", Encoding.UTF8, "application/json");
                using var answer = await _http.PostAsync(new Uri(gateway, "/publish"), body, TestContext.Current.CancellationToken);
                answer.EnsureSuccessStatusCode();
            }
        }));
    }

    private List<Line> ReadLines() => [.. Directory.EnumerateFiles(Archive, "*.ndjson").Order().SelectMany(Read)];

    // A writer may be at the last line, or have died there.
    private static IEnumerable<Line> Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        foreach (var line in reader.ReadToEnd().Split('\n').Where(line => line.EndsWith("}}", StringComparison.Ordinal)))
        {
            using var read = JsonDocument.Parse(line);
            var item = read.RootElement.GetProperty("event");
            yield return new Line(
                read.RootElement.GetProperty("id").GetString()!,
                item.GetProperty("userId").GetString()!,
                int.Parse(item.GetProperty("payload").GetRawText(), CultureInfo.InvariantCulture));
        }
    }

    private sealed record Line(string Id, string UserId, int Number);
}
