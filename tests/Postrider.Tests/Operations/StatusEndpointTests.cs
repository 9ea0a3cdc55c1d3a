using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Operations;

public sealed class StatusEndpointTests
{
    [Fact]
    public async Task Status_WithTwoDestinations_TellsAllOfThem()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("warehouse"));
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm") with
        {
            State = DestinationState.Rejecting,
            Lag = 7,
            OldestPendingSeconds = 12.5,
            InFlight = 1,
            ParkedLanes = 2,
            ParkedEvents = 3,
            DeadLetters = 4,
            Delivered = 5,
            FailedAttempts = 6,
            Reason = "401 for all",
            Until = AdminServer.StartedAt,
            PinnedPerMille = 123,
        });

        var (status, body) = await server.GetAsync("/api/status");

        Assert.Equal(200, status);
        Assert.Matches(@"^\d+\.\d+\.\d+$", body.GetProperty("version").GetString()!);
        Assert.True(body.GetProperty("ready").GetBoolean());
        Assert.Equal(AdminServer.StartedAt, body.GetProperty("startedAt").GetDateTimeOffset());
        Assert.Equal(["crm", "warehouse"], body.GetProperty("destinations").EnumerateArray().Select(item => item.GetProperty("name").GetString()));
        Assert.Equal(
            """{"name":"crm","type":"webhook","state":"rejecting","configured":true,"lag":7,"oldestPendingSeconds":12.5,"inFlight":1,"parkedLanes":2,"parkedEvents":3,"deadLetters":4,"delivered":5,"failedAttempts":6,"reason":"401 for all","until":"2026-01-02T03:04:05+00:00","waits":[],"blockedLanes":0,"longestParked":[],"pinnedPercent":12.3}""",
            body.GetProperty("destinations")[0].GetRawText());
        Assert.Equal(0, body.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task Status_OfTheLog_TellsUsageConditionAndPositions()
    {
        await using var server = await AdminServer.StartAsync();
        server.Log.Condition = new LogCondition(LogState.Full, "No room.");

        var (_, body) = await server.GetAsync("/api/status");

        Assert.Equal(
            """{"id":"testlog","place":null,"promise":null,"state":"full","reason":"No room.","bytes":1000,"unsettledBytes":400,"limitBytes":2000,"freeDiskBytes":5000,"partitions":[{"number":0,"generation":0,"firstPosition":3,"endPosition":18}]}""",
            body.GetProperty("log").GetRawText());
        Assert.Equal("No room.", body.GetProperty("warnings")[0].GetString());
    }

    [Theory]
    [InlineData(499, 0, "")]
    [InlineData(500, 1, "pins 50 %")]
    [InlineData(799, 1, "pins 79 %")]
    [InlineData(800, 1, "refuses events for all")]
    public async Task Status_WhenABacklogPinsTheLog_WarnsAtBothLines(int perMille, int warnings, string text)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm") with { PinnedPerMille = perMille });

        var (_, body) = await server.GetAsync("/api/status");

        Assert.Equal(warnings, body.GetProperty("warnings").GetArrayLength());
        Assert.All(body.GetProperty("warnings").EnumerateArray(), warning => Assert.Contains(text, warning.GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_OfABacklogBeyondItsLimit_Warns()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm") with { BacklogWarning = "its oldest event is older than 1 h" });

        var (_, body) = await server.GetAsync("/api/status");

        Assert.Equal("Destination 'crm': its oldest event is older than 1 h", Assert.Single(body.GetProperty("warnings").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Status_OfADestinationThatWaits_SaysForWhatAndWhichKeysWaitLongest()
    {
        await using var server = await AdminServer.StartAsync();
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("crm") with
        {
            Waits = [new DestinationWait("breaker", time, "it fails as a whole")],
            BlockedLanes = 1,
            LongestParked = [new LongParkedKey("u1", "evt_a-0-0-1", 3, time, null, true, 2, new AttemptError("status", 503, "answered 503"))],
        });

        var (_, body) = await server.GetAsync("/api/status");

        var report = body.GetProperty("destinations")[0];
        Assert.Equal("""[{"for":"breaker","until":"2026-01-02T03:04:05+00:00","reason":"it fails as a whole"}]""", report.GetProperty("waits").GetRawText());
        Assert.Equal(1, report.GetProperty("blockedLanes").GetInt32());
        Assert.Equal(
            """[{"key":"u1","eventId":"evt_a-0-0-1","events":3,"since":"2026-01-02T03:04:05+00:00","due":null,"blocked":true,"attempts":2,"lastError":{"class":"status","status":503,"message":"answered 503"}}]""",
            report.GetProperty("longestParked").GetRawText());
    }

    [Fact]
    public async Task Status_OfADestinationThatLeftTheConfiguration_Warns()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Destinations.Add(FakeDeliveryControl.Running("old") with { Configured = false, Lag = 42 });

        var (_, body) = await server.GetAsync("/api/status");

        var warning = Assert.Single(body.GetProperty("warnings").EnumerateArray()).GetString();
        Assert.Contains("'old' is not configured any more: its backlog of 42 events is kept for 24 h", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_WithoutDestinations_SaysThatEventsAreOnlyStored()
    {
        await using var server = await AdminServer.StartAsync(config => config with { Destinations = new Dictionary<string, DestinationConfig>() });

        var (_, body) = await server.GetAsync("/api/status");

        Assert.Contains("only stored", body.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_BeforeTheStartIsFinished_Is503()
    {
        await using var server = await AdminServer.StartAsync(started: false);

        var (status, body) = await server.GetAsync("/api/status");

        Assert.Equal(503, status);
        Assert.Equal("The server is starting.", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Status_WhenDeliveryThrows_Is500InJsonWithoutTheException()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Failure = new InvalidOperationException("inner secret");

        var (status, body) = await server.GetAsync("/api/status");

        Assert.Equal(500, status);
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownPath_Always_Is404InJson()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.GetAsync("/api/nothing");

        Assert.Equal(404, status);
        Assert.Equal("There is nothing at /api/nothing.", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task WrongMethod_Always_Is405InJson()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync("/api/status");

        Assert.Equal(405, status);
        Assert.Equal("Method Not Allowed", body.GetProperty("error").GetString());
    }
}
