using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Operations;

public sealed class DeadLetterEndpointTests
{
    [Fact]
    public async Task List_OfALetter_TellsAllOfIt()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));

        var (status, body) = await server.GetAsync("/api/dead-letters");

        Assert.Equal(200, status);
        Assert.Equal(
            """{"items":[{"eventId":"evt_testlog-0-0-7","destination":"crm","class":"rejected","errorClass":"status","status":400,"message":"answered 400","answer":"\"no\"","firstAttempt":"2026-02-03T04:05:06+00:00","lastAttempt":"2026-02-03T04:05:07+00:00","attempts":2,"at":"2026-02-03T04:05:08+00:00","key":"müller","type":"order","blocking":false}],"next":null}""",
            body.GetRawText());
        Assert.Equal([(null, new EventSelection(), null, 100)], server.Delivery.Letters.Lists);
    }

    [Fact]
    public async Task List_WithEveryFilter_NarrowsByEach()
    {
        await using var server = await AdminServer.StartAsync();
        var expected = new EventSelection(
            "m&üller", "order", "gave-up", AdminServer.Now.AddMinutes(-15), new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero), "evt_testlog-0-0-7");

        var (status, _) = await server.GetAsync(
            "/api/dead-letters?destination=crm&key=m%26%C3%BCller&type=order&class=gave-up&since=15m&until=2026-03-04T11:00:00%2B01:00"
            + "&id=evt_testlog-0-0-7&limit=1000&cursor=c1");

        Assert.Equal(200, status);
        Assert.Equal([("crm", expected, FakeDeadLetters.GoodCursor, 1000)], server.Delivery.Letters.Lists);
    }

    [Theory]
    [InlineData("2026-03-04", "2026-03-04T00:00:00Z")]
    [InlineData("2026-03-04T10:30", "2026-03-04T10:30:00Z")]
    [InlineData("2026-03-04T10:30:01.5Z", "2026-03-04T10:30:01.5Z")]
    [InlineData("2026-03-04T10:30:01-02:00", "2026-03-04T12:30:01Z")]
    [InlineData("2026-03-04T10:30:01+02:00", "2026-03-04T08:30:01Z")]
    [InlineData("500ms", "2026-03-04T11:59:59.5Z")]
    [InlineData("7d", "2026-02-25T12:00:00Z")]
    public async Task List_SinceATimeInEachForm_ReadsIt(string since, string expected)
    {
        await using var server = await AdminServer.StartAsync();

        // Not escaped, as people write it with curl.
        await server.GetAsync($"/api/dead-letters?since={since}");

        Assert.Equal(
            DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Assert.Single(server.Delivery.Letters.Lists).Selection.Since);
    }

    [Fact]
    public async Task List_WithTheTotalAskedFor_CountsAllThatMatch()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Letters.AddRange([FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("crm", "gave-up")]);
        server.Delivery.Letters.Next = FakeDeadLetters.GoodCursor;

        var (_, body) = await server.GetAsync("/api/dead-letters?class=rejected&limit=1&total=true");

        Assert.Equal(1, body.GetProperty("items").GetArrayLength());
        Assert.Equal("c1", body.GetProperty("next").GetString());
        Assert.Equal(2, body.GetProperty("total").GetInt64());
    }

    [Theory]
    [InlineData("limit=0", "'limit' must be a number from 1 to 1000, not '0'.")]
    [InlineData("limit=1001", "'limit' must be a number from 1 to 1000, not '1001'.")]
    [InlineData("limit=x", "'limit' must be a number from 1 to 1000, not 'x'.")]
    [InlineData("since=10:30", "'since' must be a time as 2026-01-31T08:00:00Z, or how long ago as 15m, not '10:30'.")]
    [InlineData("until=15 minutes", "'until' must be a time")]
    [InlineData("class=dead", "'class' must be rejected or gave-up or corrupt or forgotten, not 'dead'.")]
    [InlineData("total=1", "'total' must be true or false, not '1'.")]
    [InlineData("key=", "'key' is empty")]
    [InlineData("key=a&key=b", "'key' is given 2 times.")]
    [InlineData("keys=a", "'keys' is unknown here; known: destination, key, type, class, since, until, id, limit, cursor, total.")]
    [InlineData("cursor=c2", "'cursor' is none of this list's")]
    public async Task List_WithAMistake_Is400AndNamesIt(string query, string error)
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.GetAsync($"/api/dead-letters?{query}");

        Assert.Equal(400, status);
        Assert.Contains(error, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Delivery.Letters.Lists);
    }

    [Fact]
    public async Task List_WithSeveralMistakes_NamesThemAll()
    {
        await using var server = await AdminServer.StartAsync();

        var (_, body) = await server.GetAsync("/api/dead-letters?keys=a&limit=0");

        Assert.Equal(2, body.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task ListAndDelete_OfADestinationThatNeverWas_Are404AndNameTheKnown()
    {
        await using var server = await AdminServer.StartAsync();

        foreach (var (status, body) in new[]
        {
            await server.GetAsync("/api/dead-letters?destination=crn"),
            await server.DeleteAsync("/api/dead-letters?destination=crn"),
            await server.GetAsync("/api/skipped?destination=crn"),
        })
        {
            Assert.Equal(404, status);
            Assert.Equal("There is no destination 'crn'. Known: crm.", body.GetProperty("error").GetString());
        }

        Assert.Empty(server.Delivery.Letters.Deletions);
    }

    [Fact]
    public async Task List_OfADestinationThatLeftTheConfiguration_StillShowsItsLetters()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("old"));

        var (status, body) = await server.GetAsync("/api/dead-letters?destination=old&class=gave-up");

        Assert.Equal(200, status);
        Assert.Equal(0, body.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("class=rejected", null, "rejected", 2)]
    [InlineData("destination=crm", "crm", null, 2)]
    [InlineData("destination=crm&all=true", "crm", null, 2)]
    [InlineData("all=true", null, null, 3)]
    public async Task Delete_OfWhatMatches_TellsHowMany(string query, string? destination, string? letterClass, int deleted)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Letters.AddRange([FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("crm", "gave-up"), FakeDeadLetters.Letter("warehouse")]);

        var (status, body) = await server.DeleteAsync($"/api/dead-letters?{query}");

        Assert.Equal(200, status);
        Assert.Equal(deleted, body.GetProperty("deleted").GetInt64());
        Assert.Equal([(destination, new EventSelection(Class: letterClass))], server.Delivery.Letters.Deletions);
    }

    [Theory]
    [InlineData("dead-letters", "")]
    [InlineData("dead-letters", "?all=false")]
    [InlineData("rejected-events", "")]
    public async Task Delete_WithoutAFilter_MustSayAll(string list, string query)
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.DeleteAsync($"/api/{list}{query}");

        Assert.Equal(400, status);
        Assert.Contains("This would mean all of them", body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("all=true", body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Delivery.Letters.Deletions);
        Assert.Empty(server.Delivery.Letters.RejectedDeletions);
    }

    [Fact]
    public async Task Delete_WithAMistypedFilter_DeletesNothing()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, _) = await server.DeleteAsync("/api/dead-letters?destination=crm&clas=gave-up");

        Assert.Equal(400, status);
        Assert.Empty(server.Delivery.Letters.Deletions);
    }

    [Fact]
    public async Task Skipped_OfADestination_ListsItsRanges()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Skipped.Add(new SkippedRange("skip_0_3", new GivenUpRange("crm", 5, 9, 2, "skipped by an operator", AdminServer.StartedAt)));
        server.Delivery.Letters.Skipped.Add(new SkippedRange("skip_0_2", new GivenUpRange("old", 1, 9, 2, "forgotten", AdminServer.StartedAt)));

        var (status, body) = await server.GetAsync("/api/skipped?destination=crm");

        Assert.Equal(200, status);
        Assert.Equal(
            """{"items":[{"id":"skip_0_3","destination":"crm","from":5,"before":9,"events":2,"reason":"skipped by an operator","at":"2026-01-02T03:04:05+00:00"}]}""",
            body.GetRawText());
    }

    [Fact]
    public async Task RejectedEvents_OfASource_AreListedAndDeleted()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Rejected.Add(new RejectedIngest(2, "web", AdminServer.StartedAt, "no userId", "{\"payload\":1}"u8.ToArray()));
        server.Delivery.Letters.Rejected.Add(new RejectedIngest(1, "app", AdminServer.StartedAt, "no userId", "{}"u8.ToArray()));
        server.Delivery.Letters.Next = FakeDeadLetters.GoodCursor;

        var (listed, body) = await server.GetAsync("/api/rejected-events?source=web&cursor=c1&limit=5");
        var (counted, withTotal) = await server.GetAsync("/api/rejected-events?limit=1&total=true");
        var (refused, _) = await server.GetAsync("/api/rejected-events?cursor=c2");
        var (deleted, count) = await server.DeleteAsync("/api/rejected-events?source=web");

        Assert.Equal((200, 200, 400, 200), (listed, counted, refused, deleted));
        Assert.Equal((1, 2), (withTotal.GetProperty("items").GetArrayLength(), withTotal.GetProperty("total").GetInt64()));
        Assert.Equal(
            """{"items":[{"source":"web","at":"2026-01-02T03:04:05+00:00","reason":"no userId","body":"{\"payload\":1}"}],"next":"c1"}""", body.GetRawText());
        Assert.Equal(1, count.GetProperty("deleted").GetInt64());
        Assert.Equal(["web"], server.Delivery.Letters.RejectedDeletions);
    }

    [Theory]
    [InlineData("GET", "/api/dead-letters")]
    [InlineData("DELETE", "/api/dead-letters?all=true")]
    [InlineData("GET", "/api/skipped")]
    [InlineData("GET", "/api/rejected-events")]
    [InlineData("DELETE", "/api/rejected-events?all=true")]
    [InlineData("POST", "/api/dead-letters/replay")]
    [InlineData("POST", "/api/replays")]
    [InlineData("GET", "/api/replays")]
    [InlineData("GET", "/api/replays/rpl_1")]
    [InlineData("POST", "/api/replays/rpl_1/cancel")]
    public async Task AnyCall_WhileTheServerStarts_Is503(string method, string path)
    {
        await using var server = await AdminServer.StartAsync(started: false);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        var (status, body) = await server.SendAsync(request);

        Assert.Equal(503, status);
        Assert.Equal("The server is starting.", body.GetProperty("error").GetString());
    }
}
