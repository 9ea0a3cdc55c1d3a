using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Clients;

/// <summary>Batches through the real executable, from the request to the webhook and the admin API.</summary>
[Collection(RealServers.Name)]
public sealed class BatchTests
{
    [Fact]
    public async Task Batch_GoodEventsAreDeliveredInOrder_BadOnesAreListedForPeople()
    {
        await using var rig = await ClientRig.StartAsync(perPhase: 3);
        var server = rig.Server;

        var answer = await server.PostAsync(
            "/v1/batch",
            """{"batch":[{"type":"track","userId":"u1","event":"1"},{"type":"track","event":"nobody's"},{"type":"track","userId":"u1","event":"2"},{"type":"page","userId":"u2"}]}""",
            "wk_web");
        var refused = await server.PostAsync("/v1/batch", """{"batch":[{"type":"track"}]}""", "wk_web");
        await server.WaitUntilSettledAsync("hook");
        using var http = new HttpClient();
        var rejected = await http.GetFromJsonAsync<JsonElement>(new Uri(server.Admin, "/api/rejected-events?source=web"), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, "ok", HttpStatusCode.BadRequest), (answer.Status, answer.Body, refused.Status));
        Assert.Equal(["1", "2"], rig.Arrivals.Where(one => one.Key == "u1").Select(one => one.Text("event")));
        Assert.Equal(3, rig.Arrivals.Count);
        var item = Assert.Single(rejected.GetProperty("items").EnumerateArray().ToList());
        Assert.Equal(
            ("web", "batch[1]: request neither has anonymousId nor userId", """{"type":"track","event":"nobody's"}"""),
            (item.GetProperty("source").GetString(), item.GetProperty("reason").GetString(), item.GetProperty("body").GetString()));
    }
}
