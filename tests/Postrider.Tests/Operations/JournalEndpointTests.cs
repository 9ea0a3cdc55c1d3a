using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Operations;

public sealed class JournalEndpointTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task History_WithFigures_TellsThemByPoint()
    {
        await using var server = await AdminServer.StartAsync();
        Add(server.Journal, seconds: 10, accepted: 50, delivered: 40);
        Add(server.Journal, seconds: 5, accepted: 100, delivered: 90);

        var (status, body) = await server.GetAsync("/api/history?span=5m&destination=crm");

        Assert.Equal(200, status);
        Assert.Equal("00:00:05", body.GetProperty("step").GetString());
        Assert.Equal([10.0, 20.0], body.GetProperty("accepted").EnumerateArray().Where(value => value.ValueKind is not System.Text.Json.JsonValueKind.Null).Select(value => value.GetDouble()));
        Assert.Equal(130, body.GetProperty("destinations")[0].GetProperty("outcomes").GetProperty("delivered").GetInt64());
    }

    [Theory]
    [InlineData("/api/history?span=4m")]
    [InlineData("/api/history?span=25h")]
    [InlineData("/api/history?points=1")]
    [InlineData("/api/attempts?failed=maybe")]
    [InlineData("/api/events?cursor=1-2-3")]
    [InlineData("/api/events?limit=0")]
    [InlineData("/api/tail?kind=events&failed=true")]
    [InlineData("/api/tail?nonsense=1")]
    public async Task Calls_WithMistakes_AreRefused(string path)
    {
        await using var server = await AdminServer.StartAsync();

        Assert.Equal(400, (await server.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Attempts_OfADestinationThatLeft_AreStillTold()
    {
        await using var server = await AdminServer.StartAsync();
        server.Journal.Attempts.Keep(Attempt("old", "evt_x-0-0-1"));

        Assert.Equal((200, 404), ((await server.GetAsync("/api/attempts?destination=old")).Status, (await server.GetAsync("/api/attempts?destination=never")).Status));
        var (_, body) = await server.GetAsync("/api/attempts?event=evt_x-0-0-1&failed=true");
        Assert.Equal("oops", body.GetProperty("items")[0].GetProperty("answer").GetString());
    }

    [Fact]
    public async Task Events_OfTheLog_AreFound()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.GetAsync("/api/events?key=ada&type=track");

        Assert.Equal((200, "evt_testlog-0-0-7"), (status, body.GetProperty("items")[0].GetProperty("id").GetString()));
        Assert.False(body.GetProperty("items")[0].TryGetProperty("body", out _));
    }

    [Fact]
    public async Task Tail_WhatHappens_IsStreamedUntilTheServerStops()
    {
        await using var server = await AdminServer.StartAsync();
        using var answer = await server.Client.GetAsync("/api/tail", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(":", await reader.ReadLineAsync(Cancellation));

        var stored = TestEvents.Create("""{"secret":1}""", "ada", "track");
        stored.PlaceAt("testlog", new LogPosition(0, 0, 9));
        server.Journal.Tail.Stored(new CommittedBatch(9, [stored]));
        var lines = await ReadAsync(reader, 3);
        server.Journal.Tail.Ended(Attempt("crm", "evt_testlog-0-0-9"));
        lines.AddRange(await ReadAsync(reader, 3));
        server.Journal.Tail.Close();

        Assert.Equal("event: event", lines[1]);
        Assert.StartsWith("data: {\"event\":{\"id\":\"evt_testlog-0-0-9\"", lines[2], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", lines[2], StringComparison.Ordinal);
        Assert.Equal("event: attempt", lines[4]);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(60), Cancellation) is var rest ? rest.Trim() : null);
        Assert.False(server.Journal.Tail.HasListeners);
    }

    [Fact]
    public async Task Tail_ClientThatGoes_IsLetGo()
    {
        await using var server = await AdminServer.StartAsync();
        using (await server.Client.GetAsync("/api/tail?destination=crm&failed=true", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            Assert.True(server.Journal.Tail.HasListeners);
        }

        await Delivery.Eventually.TrueAsync("nobody listens", () => !server.Journal.Tail.HasListeners);
    }

    [Fact]
    public async Task Tail_WhereTooManyListen_IsRefused()
    {
        await using var server = await AdminServer.StartAsync();
        while (server.Journal.Tail.TryListen(new TailWish(true, true, null, null, null, null, false)) is not null)
        {
        }

        Assert.Equal(503, (await server.GetAsync("/api/tail")).Status);
    }

    private static async Task<List<string?>> ReadAsync(StreamReader reader, int count)
    {
        var lines = new List<string?>();
        for (var i = 0; i < count; i++)
        {
            lines.Add(await reader.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
        }

        return lines;
    }

    private static void Add(DeliveryJournal journal, int seconds, long accepted, long delivered)
    {
        var row = new FigureRow { Start = 0, Length = FigureHistory.FineStep, Accepted = accepted };
        row.Destinations.Add("crm", new DestinationFigures { Delivered = delivered });
        journal.Figures.Add(AdminServer.Now.AddSeconds(-seconds), TimeSpan.FromSeconds(5), row);
    }

    private static EndedAttempt Attempt(string destination, string id) => new()
    {
        At = AdminServer.StartedAt, Destination = destination, EventId = id, Number = 1, Outcome = "retry", Answer = "oops"u8.ToArray(), Duration = TimeSpan.FromMilliseconds(5),
    };
}
