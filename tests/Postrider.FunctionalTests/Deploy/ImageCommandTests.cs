using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Redis;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.FunctionalTests.Deploy;

/// <summary>No Docker engine runs here: the images' very commands are run by hand, with the environment in the place of the compose network.</summary>
[Collection(RealServers.Name)]
public sealed partial class ImageCommandTests
{
    private const string Token = "a-token-of-this-test";

    [Fact]
    public async Task ComposeCommands_RunByHand_AnEventArrivesAtAllThreeDestinations()
    {
        var compose = await ReadAsync("deploy", "compose.yaml");
        var docker = await ReadAsync("Dockerfile");
        var receiversCommand = Words(Command().Matches(compose)[1].Groups[1].Value);
        var redisCommand = Words(Command().Matches(compose)[0].Groups[1].Value);
        var run = Words(Run().Match(docker).Groups[1].Value);
        var check = Words(Check().Match(docker).Groups[1].Value);
        Assert.Equal(["redis-server", "receivers", "run", "/app/postrider"], new[] { redisCommand, receiversCommand, run, check }.Select(words => words[0]));

        await using var redis = new RedisProcess { Command = redisCommand[1..] };
        await redis.StartAsync();
        await using var mongo = new WireServer();
        await using var receivers = PostriderProcess.Start(
            Replace(Replace(receiversCommand, "0.0.0.0", "127.0.0.1"), "5000", "0"), null);
        var receiversAt = new Uri(Address().Match(await receivers.WaitForLineAsync("http://")).Value);
        var environment = new Dictionary<string, string?>
        {
            ["POSTRIDER_GATEWAY"] = "http://127.0.0.1:0",
            ["POSTRIDER_ADMIN"] = "http://127.0.0.1:0",
            ["POSTRIDER_TOKEN"] = Token,
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = $"{redis.Port}",
            ["MONGODB_HOST"] = MongoHost().Match(mongo.Connection).Groups[1].Value,
            ["RECEIVERS_HOST"] = receiversAt.Authority,
            ["RECEIVERS_NETWORK"] = "127.0.0.0/8",
        };
        await using var postrider = PostriderProcess.Start(
            Replace(run, "/etc/postrider/postrider.yaml", Path.Combine(ServerExecutable.RepositoryRoot, "deploy", "postrider.yaml")), environment);
        var gateway = new Uri(Address().Match(await postrider.WaitForLineAsync("  gateway  ")).Value);
        var admin = new Uri(Address().Match(await postrider.WaitForLineAsync("  admin  ")).Value);
        await Eventually.GetAsync(
            "the image's health check answers 0",
            () => PostriderProcess.RunAsync([.. check[1..], "--admin", admin.AbsoluteUri]), result => result.ExitCode == 0, () => postrider.Output + postrider.Error);

        using var http = new HttpClient();
        using var body = new StringContent("""{"userId":"ada","payload":{"n":1}}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(gateway, "/publish"), body, TestContext.Current.CancellationToken);
        using var locked = await http.GetAsync(new Uri(admin, "/api/status"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, locked.StatusCode);
        foreach (var webhook in (string[])["webhook 1", "webhook 2"])
        {
            await Eventually.TrueAsync($"it arrives at {webhook}", () => receivers.Output.Contains($"{webhook}  ada", StringComparison.Ordinal), () => receivers.Output + postrider.Output);
        }

        await Eventually.TrueAsync(
            "it arrives in MongoDB", () => mongo.Commands.DocumentsOf("rudderData", "events").Count == 1, () => postrider.Output + postrider.Error);
        Assert.Equal(0, await postrider.StopAsync());
    }

    private static Task<string> ReadAsync(params string[] path) => File.ReadAllTextAsync(
        Path.Combine([ServerExecutable.RepositoryRoot, .. path]), TestContext.Current.CancellationToken);

    private static string[] Words(string json) => JsonSerializer.Deserialize<string[]>(json)!;

    private static string[] Replace(string[] words, string word, string by)
    {
        Assert.Contains(word, words);
        return [.. words.Select(each => each == word ? by : each)];
    }

    [GeneratedRegex(@"command: (\[.*\])")]
    private static partial Regex Command();

    [GeneratedRegex(@"^CMD (\[.*\])", RegexOptions.Multiline)]
    private static partial Regex Run();

    [GeneratedRegex(@"HEALTHCHECK.*CMD (\[.*\])")]
    private static partial Regex Check();

    [GeneratedRegex(@"http://[\w.:]+")]
    private static partial Regex Address();

    [GeneratedRegex(@"mongodb://([^/]+)")]
    private static partial Regex MongoHost();
}
