using Postrider.Log;

namespace Postrider.Tests.Operations;

public sealed class HealthTests
{
    [Fact]
    public async Task Live_BeforeTheStartIsFinished_Is200()
    {
        await using var server = await AdminServer.StartAsync(started: false);

        var (status, body) = await server.GetAsync("/health/live");

        Assert.Equal(200, status);
        Assert.True(body.GetProperty("live").GetBoolean());
    }

    [Fact]
    public async Task Ready_WhileAllIsWell_Is200()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(200, status);
        Assert.True(body.GetProperty("ready").GetBoolean());
        Assert.Equal("null", body.GetProperty("warning").GetRawText());
    }

    [Fact]
    public async Task Ready_BeforeTheStartIsFinished_Is503()
    {
        await using var server = await AdminServer.StartAsync(started: false);

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(503, status);
        Assert.Equal("The server is starting.", body.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Ready_WhileStopping_Is503()
    {
        await using var server = await AdminServer.StartAsync();
        server.State.MarkStopping();

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(503, status);
        Assert.Equal("The server is stopping.", body.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("Failed")]
    [InlineData("Corrupt")]
    public async Task Ready_WhileTheLogIsBroken_Is503WithItsReason(string state)
    {
        await using var server = await AdminServer.StartAsync();
        server.Log.Condition = new LogCondition(Enum.Parse<LogState>(state), "The disk is gone.");

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(503, status);
        Assert.False(body.GetProperty("ready").GetBoolean());
        Assert.Equal("The disk is gone.", body.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Ready_WhileADispatcherIsDead_Is503WithTheFault()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Fault = "The dispatcher of 'crm' died.";

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(503, status);
        Assert.Equal("The dispatcher of 'crm' died.", body.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Ready_WhileTheLogIsFull_Is200WithAWarning()
    {
        await using var server = await AdminServer.StartAsync();
        server.Log.Condition = new LogCondition(LogState.Full, "Unsettled events fill log.maxSize.");

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(200, status);
        Assert.Equal("Unsettled events fill log.maxSize.", body.GetProperty("warning").GetString());
    }
}
