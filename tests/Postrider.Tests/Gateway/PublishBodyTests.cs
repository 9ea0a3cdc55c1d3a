using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway;

/// <summary>Bodies as bad networks and bad clients send them.</summary>
public sealed class PublishBodyTests
{
    private const string Good = """{"userId":"u\u0031","payload":"ä€😀","x":{"y":[1,2,3]}}""";

    private static readonly PostriderConfig Small = new() { Gateway = new() { MaxBodySize = new ByteSize(1000) } };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Publish_BodyInPieces_IsStoredWhole(int piece)
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);
        var body = Encoding.UTF8.GetBytes(Good);
        await connection.SendAsync("POST /publish HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");

        foreach (var part in body.Chunk(piece))
        {
            await connection.SendAsync([.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8]);
        }

        await connection.SendAsync("0\r\n\r\n");
        var response = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", response, StringComparison.Ordinal);
        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal(("u1", Good), (stored.Key, Encoding.UTF8.GetString(stored.Body.Span)));
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_LargeBody_IsStoredByteForByte(bool isChunked)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = Encoding.UTF8.GetBytes($$"""{"payload":"{{string.Concat(Enumerable.Repeat("ä€😀x", 300_000))}}","userId":"{{new string('k', 4000)}}"}""");

        var answer = await server.PublishAsync(body, change: request => request.Headers.TransferEncodingChunked = isChunked);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal(new string('k', 4000), stored.Key);
        Assert.True(stored.Body.Span.SequenceEqual(body));
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Publish_AnnouncedTooLarge_Answers413WithoutReading()
    {
        await using var server = await GatewayServer.StartAsync(Small);
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync("POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
        var response = await connection.ReadUntilAsync("}");

        Assert.StartsWith("HTTP/1.1 413 ", response, StringComparison.Ordinal);
        Assert.EndsWith("""{"success":false,"message":"the body is larger than 1000 bytes"}""", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_TooLargeWhileStreaming_Answers413()
    {
        await using var server = await GatewayServer.StartAsync(Small);
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{new string(' ', 1001)}\r\n");
        var response = await connection.ReadUntilAsync("}");

        Assert.StartsWith("HTTP/1.1 413 ", response, StringComparison.Ordinal);
        Assert.EndsWith("""{"success":false,"message":"the body is larger than 1000 bytes"}""", response, StringComparison.Ordinal);
        Assert.Equal(1, server.Counters["postrider.gateway.refused:too_large"]);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Publish_TooLargeButSentWhole_KeepsTheConnection()
    {
        await using var server = await GatewayServer.StartAsync(Small);
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n{new string(' ', 2000)}");
        var refused = await connection.ReadUntilAsync("}");
        await connection.SendAsync("""POST /publish HTTP/1.1""" + "\r\nHost: t\r\nContent-Length: 26\r\n\r\n" + """{"userId":"u","payload":1}""");
        var accepted = await connection.ReadUntilAsync("}");

        Assert.StartsWith("HTTP/1.1 413 ", refused, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", accepted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_BodyOfExactlyTheLimit_IsAccepted()
    {
        await using var server = await GatewayServer.StartAsync(Small);

        var answer = await server.PublishAsync("""{"userId":"u","payload":1}""".PadRight(1000));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task Publish_LimitRaisedByReload_HoldsAtOnceBeyondTheServersOwn()
    {
        await using var server = await GatewayServer.StartAsync(kestrel: options => options.Limits.MaxRequestBodySize = 10);

        var answer = await server.PublishAsync(Good);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task Publish_ExpectContinue_IsInvitedToSend()
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync("POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 26\r\nExpect: 100-continue\r\n\r\n");
        var invitation = await connection.ReadUntilAsync("\r\n\r\n");
        await connection.SendAsync("""{"userId":"u","payload":1}""");
        var response = await connection.ReadUntilAsync("}");

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", invitation);
        Assert.StartsWith("HTTP/1.1 200 OK", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_HalfSentThenGone_IsQuietAndGivesTheBudgetBack()
    {
        await using var server = await GatewayServer.StartAsync();
        var connections = new List<RawConnection>();
        for (var i = 0; i < 8; i++)
        {
            var connection = await RawConnection.OpenAsync(server.Url);
            connections.Add(connection);
            await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 50000\r\n\r\n{new string(' ', 20_000)}");
        }

        await Eventually.IsTrueAsync("all parts count", () => server.Endpoint.Receiving.Taken == 8 * 20_000);
        connections.ForEach(connection => connection.Reset());

        await Eventually.IsTrueAsync("the budget is whole again", () => server.Endpoint.Receiving.Taken == 0);
        Assert.Empty(server.Logs.Lines);
        Assert.Empty(server.Log.Stored);
    }

    [Theory]
    [InlineData("Content-Length: 500\r\n\r\n{")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{}")]
    public async Task Publish_HalfSentThenClosed_EndsQuietly(string rest)
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\n{rest}");
        connection.CloseSending();

        await Eventually.IsTrueAsync("the request is refused", () => server.Counters["postrider.gateway.refused:broken_body"] == 1);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Publish_MoreThanTheBudget_Answers503AndRecovers()
    {
        var config = new PostriderConfig { Gateway = new() { MaxReceiving = new ByteSize(10_000) } };
        await using var server = await GatewayServer.StartAsync(config);
        using var hog = await RawConnection.OpenAsync(server.Url);
        await hog.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n{new string(' ', 9_990)}");
        await Eventually.IsTrueAsync("the hog holds its bytes", () => server.Endpoint.Receiving.Taken == 9_990);

        var refused = await server.PublishAsync(Good);
        hog.Reset();
        await Eventually.IsTrueAsync("the budget is whole again", () => server.Endpoint.Receiving.Taken == 0);
        var accepted = await server.PublishAsync(Good);

        refused.AssertError(HttpStatusCode.ServiceUnavailable, "error publishing event: too many request bodies at once, try again");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        Assert.Equal(HttpStatusCode.OK, accepted.Status);
    }

    [Fact]
    public async Task Publish_StoringTakesItsTime_CountsUntilStored()
    {
        await using var server = await GatewayServer.StartAsync();
        var appending = new TaskCompletionSource();
        var durable = new TaskCompletionSource();
        server.Log.BeforeAppend = () =>
        {
            appending.TrySetResult();
            return durable.Task;
        };

        var publishing = server.PublishAsync(Good);
        await appending.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        var during = server.Endpoint.Receiving.Taken;
        durable.SetResult();
        await publishing;

        Assert.Equal(Encoding.UTF8.GetByteCount(Good), during);
        await Eventually.IsTrueAsync("the budget is whole again", () => server.Endpoint.Receiving.Taken == 0);
    }

    [Fact]
    public async Task Publish_BodyPastItsDeadline_Answers408AndCloses()
    {
        var time = new FakeTimeProvider();
        await using var server = await GatewayServer.StartAsync(time: time, kestrel: options => options.Limits.MinRequestBodyDataRate = null);
        using var connection = await RawConnection.OpenAsync(server.Url);
        await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 5000\r\n\r\n{new string(' ', 4_000)}");
        await Eventually.IsTrueAsync("the part has arrived", () => server.Endpoint.Receiving.Taken == 4_000);

        await Eventually.IsTrueAsync(
            "the deadline has passed",
            () =>
            {
                time.Advance(BodyReceiver.Deadline);
                return server.Endpoint.Receiving.Taken == 0;
            });
        var response = await connection.ReadUntilAsync("}");

        Assert.StartsWith("HTTP/1.1 408 ", response, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith("""{"success":false,"message":"the body did not arrive in time"}""", response, StringComparison.Ordinal);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Publish_SlowBody_Answers408()
    {
        await using var server = await GatewayServer.StartAsync(
            kestrel: options => options.Limits.MinRequestBodyDataRate = new MinDataRate(100_000, TimeSpan.FromMilliseconds(1100)));
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync("POST /publish HTTP/1.1\r\nHost: t\r\nContent-Length: 5000\r\n\r\n{");
        var response = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 408 ", response, StringComparison.Ordinal);
        Assert.EndsWith("""{"success":false,"message":"the body did not arrive in time"}""", response, StringComparison.Ordinal);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Publish_BrokenChunk_Answers400AndCloses()
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync("POST /publish HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        var response = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", response, StringComparison.Ordinal);
        Assert.Contains("""{"success":false,"message":"the body ended early or its framing is broken"}""", response, StringComparison.Ordinal);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task AnyRequest_SlowHeaders_AreTimedOut()
    {
        await using var server = await GatewayServer.StartAsync(kestrel: options => options.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(1100));
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync("POST /publish HTTP/1.1\r\nHo");
        var response = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 408 ", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyRequest_HugeHeaders_AreRefused()
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync($"POST /publish HTTP/1.1\r\nHost: t\r\nX: {new string('x', 17_000)}\r\n\r\n");
        var response = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 431 ", response, StringComparison.Ordinal);
        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Publish_PipelinedRequests_AreAnsweredInOrder()
    {
        await using var server = await GatewayServer.StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);
        var requests = string.Concat(Enumerable.Range(1, 50).Select(
            i => $$"""POST /publish HTTP/1.1{{"\r\n"}}Host: t{{"\r\n"}}Content-Length: {{25 + i.ToString().Length}}{{(i == 50 ? "\r\nConnection: close" : "")}}{{"\r\n\r\n"}}{"userId":{{i}},"payload":100}"""));

        await connection.SendAsync(requests);
        var response = await connection.ReadToEndAsync();

        Assert.Equal(50, response.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => i.ToString()), server.Log.Stored.Select(stored => stored.Key));
    }
}
