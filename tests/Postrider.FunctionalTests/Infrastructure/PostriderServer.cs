using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postrider.Operations;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>The real server on a folder of its own, that can be killed and started again on it. Disposing it removes both.</summary>
internal sealed partial class PostriderServer : IAsyncDisposable
{
    private const int ShownLines = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-test-");
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) });
    private PostriderProcess? _process;
    private volatile Uri _gateway = new("http://127.0.0.1/");
    private volatile Uri _admin = new("http://127.0.0.1/");

    /// <param name="yaml">The configuration without listeners: those take free ports. Null: it is written later.</param>
    public PostriderServer(string? yaml = null)
    {
        if (yaml is not null)
        {
            Configure(yaml);
        }
    }

    /// <summary>Variables of its next start beside the inherited ones; null removes one.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    /// <summary>What its next start runs: a path of <c>postrider</c>, or of <c>Postrider.Server.dll</c>; null: what the build made beside these tests.</summary>
    public string? Executable { get; set; }

    public string Folder => _folder.FullName;

    public string ConfigFile => Path.Combine(Folder, "postrider.yaml");

    public PostriderProcess Process => _process ?? throw new InvalidOperationException("The server has not been started.");

    public Uri Gateway => _gateway;

    public Uri Admin => _admin;

    /// <summary>What it does: <c>both</c>, <c>gateway</c> or <c>router</c>.</summary>
    public string Role { get; init; } = "both";

    /// <summary>From the start of the process to the first answer that says ready, of the last start.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>The most memory that the present process has had at once.</summary>
    public long PeakResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{Process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>A destination's lines in the configuration.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="url">Where to.</param>
    /// <param name="more">Further members, one a line.</param>
    public static string Webhook(string name, Uri url, params IEnumerable<string> more) =>
        string.Join('\n', [
            $"  {name}:", "    type: webhook", $"    url: {url}", "    allowPrivateNetwork: true", $"    secret: {WebhookReceiver.Secret}",
            .. more.Select(line => "    " + line), ""]);

    /// <summary>Writes the configuration; a running server has to be told.</summary>
    public void Configure(string yaml)
    {
        var temporary = ConfigFile + ".new";
        File.WriteAllText(temporary, "gateway: { listen: \"http://127.0.0.1:0\" }\nadmin: { listen: \"http://127.0.0.1:0\" }\n" + yaml);
        File.Move(temporary, ConfigFile, overwrite: true);
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAsync(params string[] options)
    {
        var began = TimeProvider.System.GetTimestamp();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        string[] arguments = ["run", "--config", ConfigFile, "--role", Role, .. options];
        _process = Executable?.EndsWith(".dll", StringComparison.Ordinal) is true
            ? PostriderProcess.Start([Executable, .. arguments], Environment, executable: Path.Combine(ServerExecutable.DotnetRoot, "dotnet"))
            : PostriderProcess.Start(arguments, Environment, executable: Executable);
        if (Role != "router")
        {
            _gateway = AddressIn(await Process.WaitForLineAsync("  gateway  "));
        }

        _admin = AddressIn(await Process.WaitForLineAsync("  admin  "));
        await Eventually.GetAsync("the server says that it is ready", ReadyAsync, ready => ready.GetProperty("ready").GetBoolean(), Describe);
        TimeToReady = TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Runs it where it should refuse to.</summary>
    public Task<ProcessResult> RefuseAsync(params string[] options) => PostriderProcess.RunAsync(["run", "--config", ConfigFile, .. options]);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>SIGTERM; it must end with 0.</summary>
    public async Task StopAsync() => Assert.True(await Process.StopAsync() == 0, $"It did not stop with exit code 0 but {Process.ExitCode}.{Describe()}");

    /// <param name="userId">The user.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="more">Further members with a comma ahead.</param>
    public Task<PublishAnswer> PublishAsync(string userId, string payload, string more = "") =>
        PostAsync("/publish", $$"""{"userId":"{{userId}}","payload":{{payload}}{{more}}}""");

    /// <summary>Publishes what must be accepted; the event's id.</summary>
    public async Task<string> AcceptAsync(string userId, string payload, string more = "")
    {
        var answer = await PublishAsync(userId, payload, more);
        Assert.True(answer.IsAccepted, $"{userId}: {answer.Status} {answer.Body}{Describe()}");
        return answer.Id!;
    }

    public async Task<PublishAnswer> PostAsync(string path, string body, string? writeKey = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, new Uri(_gateway, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (writeKey is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(writeKey + ":")));
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new PublishAnswer(
            response.StatusCode,
            response.Headers.TryGetValues("Postrider-Event-Id", out var ids) ? ids.Single() : null,
            response.Headers.RetryAfter?.Delta,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task PauseAsync(string destination) => ControlAsync(destination, "pause");

    public Task ResumeAsync(string destination) => ControlAsync(destination, "resume");

    public async Task<ServerStatus> StatusAsync() =>
        (await _http.GetFromJsonAsync<ServerStatus>(new Uri(_admin, "/api/status"), JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!;

    public async Task<DestinationReport> StatusOfAsync(string destination) =>
        (await StatusAsync()).Destinations.Single(report => report.Name == destination);

    /// <summary>Waits until a destination's status fits.</summary>
    public Task<DestinationReport> StatusOfAsync(string destination, string reason, Func<DestinationReport, bool> fits, TimeSpan? timeout = null) =>
        Eventually.GetAsync($"{destination}: {reason}", () => StatusOfAsync(destination), fits, Describe, timeout);

    /// <summary>Waits until a destination has settled all that was accepted, retries included.</summary>
    public Task<DestinationReport> WaitUntilSettledAsync(string destination, TimeSpan? timeout = null) =>
        StatusOfAsync(destination, "everything is settled", report => report is { Lag: 0, ParkedEvents: 0, InFlight: 0 }, timeout);

    public Task<JsonElement> ReadyAsync() => GetAsync("/health/ready");

    public async Task<JsonElement> StoryAsync(string id, string destination) =>
        (await GetAsync("/api/events/" + id)).GetProperty("destinations").EnumerateArray().Single(story => story.GetProperty("name").GetString() == destination);

    /// <summary>Waits until an event is in a state for a destination.</summary>
    public Task<JsonElement> StoryAsync(string id, string destination, string state) => Eventually.GetAsync(
        $"{id} is {state} for {destination}", () => StoryAsync(id, destination), story => story.GetProperty("state").GetString() == state, Describe);

    /// <summary>The end of what the present process has written, for messages.</summary>
    public string Describe() => _process is null ? "" : $"\n--- output\n{Tail(_process.Output)}\n--- error\n{Tail(_process.Error)}\n--- folder {Folder}";

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private static Uri AddressIn(string line) => new(Address().Match(line).Value);

    private static string Tail(string text) => string.Join('\n', text.Split('\n').TakeLast(ShownLines));

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();

    private async Task ControlAsync(string destination, string verb)
    {
        using var response = await _http.PostAsync(new Uri(_admin, $"/api/destinations/{destination}/{verb}"), null, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{verb} {destination}: {response.StatusCode}{Describe()}");
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(_admin, path), TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{path}: {response.StatusCode}{Describe()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }
}
