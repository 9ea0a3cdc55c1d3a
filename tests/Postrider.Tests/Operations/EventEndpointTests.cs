using System.Buffers;
using System.Text;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;
using Postrider.Operations;

namespace Postrider.Tests.Operations;

public sealed class EventEndpointTests
{
    private static readonly DateTimeOffset Received = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Fact]
    public async Task Event_ThatIsHeld_TellsItsEnvelopeAndEachDestination()
    {
        await using var server = await AdminServer.StartAsync();
        var story = AddStory(server, """{"userId":"müller","payload":1}""",
            new DestinationStory("crm", "parked", "waits for its next attempt", 3, Received.AddMinutes(5), new AttemptError("status", 500, "answered 500"), "oops"),
            new DestinationStory("warehouse", "delivered", null, null, null, null, null));

        var (status, body) = await server.GetAsync($"/api/events/{story.Id}");

        Assert.Equal(200, status);
        Assert.Equal(
            """{"id":"evt_testlog-0-0-7","partition":0,"generation":0,"position":7,"held":true,"source":"app","key":"müller","type":"track","receivedAt":"2026-02-03T04:05:06+00:00","requestedDestinations":["crm"],"bodyBytes":32,"destinations":[{"name":"crm","state":"parked","reason":"waits for its next attempt","attempts":3,"nextAttempt":"2026-02-03T04:10:06+00:00","lastError":{"class":"status","status":500,"message":"answered 500"},"answer":"oops"},{"name":"warehouse","state":"delivered","reason":null,"attempts":null,"nextAttempt":null,"lastError":null,"answer":null}]}""",
            body.GetRawText());
    }

    [Fact]
    public async Task Event_ThatWentNowhere_SaysSoAndWhatItLeftOut()
    {
        await using var server = await AdminServer.StartAsync();
        var draft = new EventDraft { Source = "app", Key = "u"u8.ToArray(), ReceivedAt = Received, ExcludedDestinations = ["crm", "Big Store"] };
        var nowhere = Event.Create(draft, new ReadOnlySequence<byte>("{}"u8.ToArray()));
        nowhere.PlaceAt("testlog", new LogPosition(0, 0, 8));
        var notRouted = new DestinationStory("crm", "not-routed", "left out by the event", null, null, null, null);
        server.Delivery.Stories[nowhere.Id] = new EventStory(nowhere.Id, nowhere.Place, nowhere, [notRouted, notRouted with { Destination = "store" }]);
        var somewhere = AddStory(server, "{}", notRouted, notRouted with { Destination = "store", State = "delivered" });

        var (_, body) = await server.GetAsync($"/api/events/{nowhere.Id}");
        var (_, other) = await server.GetAsync($"/api/events/{somewhere.Id}");

        Assert.True(body.GetProperty("unrouted").GetBoolean());
        Assert.Equal(["crm", "Big Store"], body.GetProperty("excludedDestinations").EnumerateArray().Select(name => name.GetString()));
        Assert.False(other.TryGetProperty("unrouted", out _));
        Assert.False(other.TryGetProperty("excludedDestinations", out _));
    }

    [Fact]
    public async Task Event_WithItsBodyAskedFor_ShowsItAsJson()
    {
        await using var server = await AdminServer.StartAsync();
        var story = AddStory(server, """{ "userId": "u", "payload": 1.50 }""");

        var (_, body) = await server.GetAsync($"/api/events/{story.Id}?body=true");

        Assert.Equal("1.50", body.GetProperty("body").GetProperty("payload").GetRawText());
        Assert.False(body.TryGetProperty("bodyText", out _));
    }

    [Fact]
    public async Task Event_WithALargeBodyAskedFor_ShowsItsBeginningWithoutHalfACharacter()
    {
        await using var server = await AdminServer.StartAsync();
        var story = AddStory(server, "\"" + new string('é', EventReport.MaxBodyBytes) + "\"");

        var (_, body) = await server.GetAsync($"/api/events/{story.Id}?body=true");

        Assert.False(body.TryGetProperty("body", out _));
        Assert.Equal("\"" + new string('é', (EventReport.MaxBodyBytes / 2) - 1), body.GetProperty("bodyText").GetString());
        Assert.Equal((EventReport.MaxBodyBytes * 2) + 2, body.GetProperty("bodyBytes").GetInt32());
    }

    [Fact]
    public async Task Event_WithABodyThatIsNoJson_ShowsItAsText()
    {
        await using var server = await AdminServer.StartAsync();
        var story = AddStory(server, "not json");

        var (_, body) = await server.GetAsync($"/api/events/{story.Id}?body=true");

        Assert.Equal("not json", body.GetProperty("bodyText").GetString());
    }

    [Fact]
    public async Task Event_ThatTheLogNoLongerHolds_StillTellsWhatBecameOfIt()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Stories["evt_testlog-0-0-1"] = new EventStory(
            "evt_testlog-0-0-1", new LogPosition(0, 0, 1), null, [new DestinationStory("crm", "delivered", null, null, null, null, null)]);

        var (status, body) = await server.GetAsync("/api/events/evt_testlog-0-0-1?body=true");

        Assert.Equal(200, status);
        Assert.False(body.GetProperty("held").GetBoolean());
        Assert.Equal("delivered", body.GetProperty("destinations")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Event_ThatIsUnknown_Is404InJson()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.GetAsync("/api/events/evt_other-0-0-1");

        Assert.Equal(404, status);
        Assert.Contains("evt_other-0-0-1", body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static EventStory AddStory(AdminServer server, string body, params DestinationStory[] destinations)
    {
        var draft = new EventDraft { Source = "app", Key = Encoding.UTF8.GetBytes("müller"), Type = "track", ReceivedAt = Received, RequestedDestinations = ["crm"] };
        var held = Event.Create(draft, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));
        held.PlaceAt("testlog", new LogPosition(0, 0, 7));
        var story = new EventStory(held.Id, held.Place, held, destinations);
        server.Delivery.Stories[held.Id] = story;
        return story;
    }
}
