using System.Buffers;
using System.Net;
using System.Text;
using CsCheck;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway;

/// <summary>A failing sample prints its seed: pass it to <c>Sample</c> to run it again.</summary>
public sealed class PublishPropertyTests
{
    private static readonly GatewaySource Source = new(new SourceConfig { Name = "default" }, [new DestinationConfig { Name = "crm", Type = "webhook" }]);

    [Fact]
    public void TryRead_AnyBodyInAnyPieces_AgreesWithAnObjectModel()
    {
        var good = 0;

        Gen.Select(MutatedBodies.Any, Gen.Int[1, 40]).Sample(
            (body, size) =>
            {
                var expected = Oracle.KeyOf(body);
                _ = expected is null ? 0 : Interlocked.Increment(ref good);

                var wholeKey = Read(new ReadOnlySequence<byte>(body));
                var piecesKey = Read(BrokenIntoSegments.Of(body, size));

                Assert.Equal((expected, expected), (wholeKey, piecesKey));
            },
            iter: 20_000);

        Assert.InRange(good, 2_000, 18_000);
    }

    [Fact]
    public void IndexOfInvalid_AnyBytesInAnyPieces_AgreesWithADecoder()
    {
        var someText = Gen.OneOf(
            Gen.Byte.Array[0, 6],
            MutatedBodies.OneOf("a", "ä", "€", "😀", "\u0080", "\uFFFF").Select(Encoding.UTF8.GetBytes));

        Gen.Select(someText.Array[0, 6], Gen.Int[1, 5]).Sample(
            (parts, size) =>
            {
                var text = parts.SelectMany(part => part).ToArray();
                var expected = IndexOfInvalid(text);

                var whole = Utf8Scan.IndexOfInvalid(new ReadOnlySequence<byte>(text));
                var pieces = Utf8Scan.IndexOfInvalid(BrokenIntoSegments.Of(text, size));

                Assert.Equal((expected, expected), (whole, pieces));
            },
            iter: 20_000);
    }

    [Fact]
    public async Task Publish_AnyBody_IsStoredByteForByteOrRefusedWith400()
    {
        var config = new PostriderConfig
        {
            Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = new() { Type = "webhook" } },
        };
        await using var server = await GatewayServer.StartAsync(config);

        await MutatedBodies.Any.SampleAsync(
            async body =>
            {
                var expected = Oracle.KeyOf(body);

                var answer = await server.PublishAsync(body);

                Assert.Equal(expected is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.Status);
                if (answer.Status == HttpStatusCode.OK)
                {
                    var stored = server.Log.Stored.First(stored => stored.Id == answer.Headers["Postrider-Event-Id"]);
                    Assert.Equal(expected, stored.Key);
                    Assert.Equal(body, stored.Body.ToArray());
                }

                server.Log.Stored.Clear();
            },
            iter: 20_000,
            threads: 1);

        Assert.Empty(server.Logs.Lines);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    private static string? Read(in ReadOnlySequence<byte> body) =>
        PublishReader.TryRead(body, Source, out var request) is null ? Encoding.UTF8.GetString(request.Key.Span) : null;

    private static long IndexOfInvalid(byte[] text)
    {
        var offset = 0;
        while (offset < text.Length)
        {
            if (Rune.DecodeFromUtf8(text.AsSpan(offset), out _, out var length) != OperationStatus.Done)
            {
                return offset;
            }

            offset += length;
        }

        return -1;
    }
}
