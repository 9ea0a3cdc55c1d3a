using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>What the command says where its Redis cannot be used, and how its health is asked.</summary>
public sealed class RedisStartTests
{
    [Fact]
    public async Task Run_RedisIsNotThere_EndsInTimeWithOneSentence()
    {
        await using var server = new PostriderServer($"log: {{ type: redis, connection: '127.0.0.1:{FreePort.Find()}', password: hunter2, startTimeout: 1s }}\n");

        var result = await server.RefuseAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("could not be used within 1 s (log.startTimeout): ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusReady_OfARunningAndAStoppedServer_IsItsExitCode()
    {
        await using var server = new PostriderServer("log: { minFreeDisk: 64MiB }\n");
        await server.StartAsync();
        string[] ask = ["status", "--ready", "--admin", server.Admin.AbsoluteUri];

        var running = await PostriderProcess.RunAsync(ask);
        await server.StopAsync();
        var stopped = await PostriderProcess.RunAsync(ask);

        Assert.Equal(0, running.ExitCode);
        Assert.Equal(1, stopped.ExitCode);
    }
}
