using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Log;
using Postrider.Log.Redis.Connecting;
using StackExchange.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis.Connecting;

/// <summary>Against real servers: what a start says when it cannot use one.</summary>
public sealed class RedisStartTests
{
    [Fact]
    public async Task WaitAsync_ServerThatKeepsWhatIsAsked_PassesAndSaysWhatASuccessMeans()
    {
        await using var redis = await TestRedis.StartAsync("--appendonly", "yes", "--appendfsync", "everysec");
        var check = Check();

        await StartAsync(redis.Port, check);

        Assert.StartsWith(
            "A success answer means: written to Redis, synced to disk within a second (appendfsync everysec); a crash of the Redis machine may lose that second. It throws nothing away",
            check.Promise,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_WithoutAppendOnlyFile_IsRefusedWithItsCure()
    {
        await using var redis = await TestRedis.StartAsync("--appendonly", "no");

        Assert.Contains("Set appendonly yes in Redis", await RefusalAsync(redis.Port), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_NobodyListens_GivesUpInTimeAndSaysHowLongItWaited()
    {
        await using var redis = await TestRedis.StartAsync();
        var port = redis.Port;
        await redis.DisposeAsync();

        var refusal = await RefusalAsync(port, timeout: TimeSpan.FromSeconds(4));

        Assert.Contains("within 4 s (log.startTimeout)", refusal, StringComparison.Ordinal);
        Assert.Contains("cannot be reached (ConnectionRefused)", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "asks for a password; set log.password")]
    [InlineData(null, "wrong", "the password of user 'default' is wrong")]
    [InlineData("nobody", "wrong", "the password of user 'nobody' is wrong, or there is no such user")]
    public async Task WaitAsync_WrongPassword_IsSaidAtOnceAndNotShown(string? user, string? password, string reason)
    {
        await using var redis = await TestRedis.StartAsync("--requirepass", "right");

        var refusal = await RefusalAsync(redis.Port, user, password);

        Assert.Contains(reason, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("'wrong'", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_TlsToAServerWithout_SaysSo()
    {
        await using var redis = await TestRedis.StartAsync();

        Assert.Contains("without TLS", await RefusalAsync(redis.Port, tls: true, timeout: TimeSpan.FromSeconds(15)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-xadd", "may not run XADD. Grant it: ACL SETUSER app +xadd ~postrider:* &postrider:*")]
    [InlineData("-eval -evalsha", "may not run EVAL")]
    [InlineData("-hset -zadd", "may not run HSET, ZADD. Grant it: ACL SETUSER app +hset +zadd")]
    [InlineData("-publish", "may not run PUBLISH")]
    [InlineData("resetchannels", "may not use the channels postrider:*. Grant it: ACL SETUSER app &postrider:*")]
    [InlineData("resetkeys ~other:*", "may not use the keys postrider:*. Grant it: ACL SETUSER app ~postrider:*")]
    public async Task WaitAsync_UserWithoutAPermission_IsToldTheWordsThatMendIt(string taken, string reason)
    {
        await using var redis = await StartWithUserAsync(taken);

        Assert.Contains(reason, await RefusalAsync(redis.Port, "app", "secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_UserWithExactlyTheDocumentedPermissions_Passes()
    {
        await using var redis = await StartWithUserAsync("");

        await StartAsync(redis.Port, Check("app"), "app", "secret");
    }

    [Fact]
    public async Task WaitAsync_ServerThatLoadsItsData_IsWaitedFor()
    {
        await using var redis = await TestRedis.StartAsync("--appendonly", "yes", "--enable-debug-command", "yes", "--requirepass", "right");
        await using (var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},password=right,allowAdmin=true,syncTimeout=60000,asyncTimeout=60000"))
        {
            var server = admin.GetServers().Single();
            await server.ExecuteAsync("DEBUG", "POPULATE", "20000", "k", "10");
            await server.ExecuteAsync("CONFIG", "SET", "key-load-delay", "100");
            await server.ExecuteAsync("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");

            // It loads again what it has just saved, refusing commands meanwhile: about two seconds.
            var reload = server.ExecuteAsync("DEBUG", "RELOAD");
            await Eventually.IsTrueAsync("it loads", () => Ask(redis.Port).StartsWith("-LOADING", StringComparison.Ordinal));
            var check = Check();
            await StartAsync(redis.Port, check, password: "right", timeout: TimeSpan.FromMinutes(2));

            Assert.Equal("+PONG", Ask(redis.Port));
            Assert.Contains("appendfsync everysec", check.Promise, StringComparison.Ordinal);
            await reload;
        }
    }

    private static string Ask(int port)
    {
        using var client = new TcpClient("127.0.0.1", port);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        client.GetStream().Write("AUTH right\r\nPING\r\n"u8);
        var authenticated = reader.ReadLine();
        return authenticated == "+OK" ? reader.ReadLine()! : authenticated!;
    }

    private static async Task<TestRedis> StartWithUserAsync(string taken)
    {
        var rules = string.Join(' ', RedisCommands.Rules);
        var redis = await TestRedis.StartAsync("--appendonly", "yes");
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},allowAdmin=true");
        var words = $"SETUSER app on >secret resetchannels &postrider:* ~postrider:* {rules} {taken}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await admin.GetServers().Single().ExecuteAsync("ACL", [.. words]);
        return redis;
    }

    private static RedisCheck Check(string? user = null) => new(
        new DurabilityDemand(DurabilityLevel.Everysec, 0, Confirmed: false), new PermissionCheck("postrider", user), TimeProvider.System, NullLogger<RedisCheck>.Instance);

    private static Task StartAsync(int port, RedisCheck check, string? user = null, string? password = null, bool tls = false, TimeSpan? timeout = null)
    {
        var settings = new RedisConnectionSettings { Hosts = [("127.0.0.1", port)], User = user, Password = password, Tls = tls };
        return new RedisStart(settings, check, TimeProvider.System, NullLogger<RedisStart>.Instance)
            .WaitAsync(timeout ?? TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static async Task<string> RefusalAsync(int port, string? user = null, string? password = null, bool tls = false, TimeSpan? timeout = null) =>
        (await Assert.ThrowsAsync<LogUnusableException>(() => StartAsync(port, Check(user), user, password, tls, timeout))).Message;
}
