using System.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;
using Postrider.Gateway.Segment;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>
/// Garbage over real HTTP: broken bodies, wrong headers, cut and bombing compression. A failing sample prints its seed. Memory is that of the
/// process: nothing else runs beside them.
/// </summary>
[CollectionDefinition(nameof(SegmentFuzzTests), DisableParallelization = true)]
[Collection(nameof(SegmentFuzzTests))]
public sealed class SegmentFuzzTests
{
    private const int MaxBody = 16 * 1024;

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, 123, TimeSpan.Zero);

    private static readonly byte[] Zeros = new byte[8 * 1024 * 1024];
    private static readonly byte[][] Bombs = [Compressed.As("gzip", Zeros), Compressed.As("deflate", Zeros), Compressed.As("br", Zeros)];

    private static readonly Gen<byte[]> Body = Gen.Frequency(
        (4, SegmentBodies.Of(isBatch: true)), (4, SegmentBodies.Of(isBatch: false)), (2, MutatedBodies.Any), (1, Gen.Byte.Array[0, 200]));

    private static readonly Gen<string> Encoding = MutatedBodies.OneOf("", "", "", "gzip", "gzip", "deflate", "br", "identity", "x-gzip", "zstd", "gzip, br", "\"", "GZIP");

    private static readonly Gen<string> Path = MutatedBodies.OneOf(
        "/v1/batch", "/v1/batch", "/v1/import", "/b", "/v1/track", "/v1/t", "/i", "/v1/merge", "/beacon/v1/batch", "/v1/track?writeKey=%00", "/v1/nothing");

    private static readonly Gen<string> Authorization = Gen.Frequency(
        (10, Gen.Const("")), (1, MutatedBodies.OneOf("Basic", "Basic Og==", "Basic !!", "Bearer x", "Basic d2tfd2ViOg==")));

    // What happens to a compressed body on its way: nothing, cut, a byte changed, or a bomb in its place.
    private static readonly Gen<(int Kind, int Where)> Damage = Gen.Select(Gen.Frequency((60, Gen.Const(0)), (10, Gen.Const(1)), (10, Gen.Const(2)), (1, Gen.Const(3))), Gen.Int[0, 10_000]);

    [Fact]
    public async Task AnyRequest_IsAnsweredWithoutAServerError_AndStoredAsItWasSent()
    {
        var config = new PostriderConfig { Gateway = new GatewayConfig { MaxBodySize = new ByteSize(MaxBody), MaxReceiving = new ByteSize(MaxBody) } };
        await using var server = await GatewayServer.StartAsync(config, new FakeTimeProvider(Now));
        var model = new SegmentModel(Now);
        var statuses = new Dictionary<HttpStatusCode, int>();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await Gen.Select(Path, Body, Encoding, Authorization, Damage).SampleAsync(
            async (path, body, encoding, authorization, damage) =>
            {
                var (sent, isWhole) = Wrap(body, encoding, damage);

                var answer = await server.PostAsync(path, sent, change: request => AddHeaders(request, encoding, authorization));

                statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
                Assert.True((int)answer.Status < 500, $"{answer.Status} {answer.Body}");
                Assert.Equal(answer.Status == HttpStatusCode.OK, !server.Log.Stored.IsEmpty);
                if (isWhole && answer.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest)
                {
                    var expected = model.Read(body, SegmentRoutes.Find(path)!.Type);
                    Assert.Equal(expected.Select(one => one.Key), server.Log.Stored.Select(one => one.Key!));
                    Assert.All(expected.Zip(server.Log.Stored), pair => Assert.Null(SegmentModel.Difference(pair.First, pair.Second.Body)));
                }

                Assert.InRange(server.Endpoint.Receiving.Taken, 0, (2 + EventShare.MaxGrowth) * MaxBody);
                server.Log.Stored.Clear();
            },
            iter: 20_000,
            threads: 1);

        Assert.Empty(server.Logs.Lines);
        await Eventually.IsTrueAsync("all bytes are given back", () => server.Endpoint.Receiving.Taken == 0);
        Assert.True(statuses.GetValueOrDefault(HttpStatusCode.OK) > 2_000, string.Join(", ", statuses));
        Assert.True(statuses.GetValueOrDefault(HttpStatusCode.RequestEntityTooLarge) > 20, string.Join(", ", statuses));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 48 << 20, $"{grown} bytes more than before");
    }

    private static (byte[] Sent, bool IsWhole) Wrap(byte[] body, string encoding, (int Kind, int Where) damage)
    {
        var known = encoding.ToLowerInvariant() is "gzip" or "x-gzip" or "deflate" or "br";
        var sent = known ? Compressed.As(encoding, body) : body;
        if (sent.Length == 0)
        {
            return (sent, true);
        }

        switch (damage.Kind)
        {
            case 1 when known:
                return (sent[..(damage.Where % sent.Length)], false);
            case 2 when known:
                sent[damage.Where % sent.Length] ^= (byte)(1 + (damage.Where % 255));
                return (sent, false);
            case 3 when known:
                return (Bombs[encoding.ToLowerInvariant() switch { "deflate" => 1, "br" => 2, _ => 0 }], false);
            default:
                return (sent, true);
        }
    }

    private static void AddHeaders(HttpRequestMessage request, string encoding, string authorization)
    {
        if (encoding.Length > 0)
        {
            request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        if (authorization.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
    }
}
