using System.Net;
using CsCheck;
using Postrider.Configuration;
using Postrider.Gateway;
using Postrider.Gateway.Segment;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>A failing sample prints its seed: pass it to <c>Sample</c> to run it again.</summary>
public sealed class SegmentPropertyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, 123, TimeSpan.Zero);
    private static readonly RequestFacts Facts = new() { ReceivedAt = Now, Address = IPAddress.Loopback };
    private static readonly PostriderConfig Config = new();

    [Theory]
    [InlineData("/v1/batch")]
    [InlineData("/v1/track")]
    public void Read_AnyBody_AgreesWithAnObjectModel(string path)
    {
        var route = SegmentRoutes.Find(path)!;
        var reader = new IntakeReader(new SourceAuthenticator(), new ReceiveBudget());
        var model = new SegmentModel(Now);
        var (good, bad) = (0, 0);

        SegmentBodies.Of(route.Type is null).Sample(
            body =>
            {
                var expected = model.Read(body, route.Type);
                var intake = reader.Read(body, route, new GatewaySource(new SourceConfig { Name = "web" }, []), null, Facts, Config);

                Assert.Equal(expected.Count == 0, intake.Error is not null);
                Assert.Equal(expected.Select(one => (one.Key, one.Type)), intake.Events.Select(one => (one.Key!, one.Type!)));
                Assert.All(expected.Zip(intake.Events), pair => Assert.Null(SegmentModel.Difference(pair.First, pair.Second.Body)));
                _ = expected.Count == 0 ? Interlocked.Increment(ref bad) : Interlocked.Increment(ref good);
            },
            iter: 20_000);

        Assert.True(good > 4_000 && bad > 1_000, $"{good} good, {bad} bad");
    }
}
