using CsCheck;
using Postrider.Configuration;
using Postrider.Events;
using Postrider.Routing;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Routing;

/// <summary>Which destinations an event goes to, against the words of the configuration.</summary>
public sealed class RouteTableTests
{
    private static readonly string[] Destinations = ["a", "b", "c"];
    private static readonly string[] Sources = ["app", "web", "none"];

    [Fact]
    public void Route_AnyConnectionsAndRequests_AsTheConfigurationSays_AndAsItsTextSaysLater()
    {
        var connection = Gen.Select(OneOf(Sources), OneOf("a", "b", "c", "gone"));
        var request = OneOf("a", "b", "c", "unknown").Array[0, 4];
        Gen.Select(connection.Array[0, 6].Null(), OneOf(Sources), request.Null()).Sample((connections, source, requested) =>
        {
            var config = DeliveryHarness.ConfigOf(Destinations) with
            {
                Connections = connections is null ? null : [.. connections.Select(pair => new ConnectionConfig { From = pair.Item1, To = pair.Item2 })],
            };
            var slots = new DestinationSlots();
            var routes = new RouteTable(config, slots);
            var @event = MemoryLog.NewEvent("u1", source: source, destinations: requested);

            foreach (var destination in Destinations)
            {
                var expected = (connections is null || connections.Contains((source, destination))) && (requested is null || requested.Contains(destination));
                Assert.Equal(expected, routes.Route(@event).Contains(slots[destination]));
                Assert.Equal(expected, RouteTable.Matches(routes.TextOf(destination), destination, @event));
            }
        });
    }

    [Fact]
    public void Route_AnyExclusions_LeaveOutWhoeverHasTheNameOrAlias_AlsoLater()
    {
        var names = OneOf("a", "B", "Alias One", "alias one", "b", "unknown");
        Gen.Select(names.Array[0, 4], OneOf(Destinations).Array[0, 3].Null(), Gen.Bool).Sample((excluded, requested, hasAlias) =>
        {
            var plain = DeliveryHarness.ConfigOf(Destinations);
            var config = plain with
            {
                Destinations = plain.Destinations.ToDictionary(
                    pair => pair.Key, pair => pair.Key == "c" && hasAlias ? pair.Value with { Alias = ["Alias One", "other"] } : pair.Value),
            };
            var slots = new DestinationSlots();
            var routes = new RouteTable(config, slots);
            var made = MemoryLog.NewEvent("u1", destinations: requested, excluded: excluded);
            var stored = Event.Restore(made.Bytes.ToArray(), "x", new LogPosition(0, 0, 1));

            foreach (var destination in Destinations)
            {
                var isOut = excluded.Any(name => name.Equals(destination, StringComparison.OrdinalIgnoreCase)
                    || (destination == "c" && hasAlias && name.Equals("alias one", StringComparison.OrdinalIgnoreCase)));
                var expected = requested is not null && !requested.Contains(destination) ? RouteVerdict.NotRequested : isOut ? RouteVerdict.Excluded : RouteVerdict.Routed;
                Assert.Equal(expected is RouteVerdict.Routed, routes.Route(made).Contains(slots[destination]));
                Assert.Equal(expected is RouteVerdict.Routed, routes.Route(stored).Contains(slots[destination]));
                Assert.Equal(expected, RouteTable.Explain(routes.TextOf(destination), destination, stored));
            }
        });
    }

    [Fact]
    public void Set_AnySlots_HoldsExactlyThose()
    {
        Gen.Int[0, 60].Array[0, 40].Sample(slots =>
        {
            var set = new DestinationSet(slots);

            return Enumerable.Range(0, 61).All(slot => set.Contains(slot) == slots.Contains(slot))
                && set.Slots.ToArray().SequenceEqual(slots.Distinct().Order());
        });
    }

    [Fact]
    public void Slots_OfAName_StayTheSame()
    {
        var slots = new DestinationSlots();

        Assert.Equal((0, 1, 0), (slots["a"], slots["b"], slots["a"]));
    }

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);
}
