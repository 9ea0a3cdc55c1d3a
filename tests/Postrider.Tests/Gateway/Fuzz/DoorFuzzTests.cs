using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>
/// Garbage at every door over real HTTP: sources with rules, forms, signatures, CloudEvents in three modes, pixels, and the headers that each looks at.
/// A failing sample prints its seed. Memory is that of the process: nothing else runs beside them.
/// </summary>
[CollectionDefinition(nameof(DoorFuzzTests), DisableParallelization = true)]
[Collection(nameof(DoorFuzzTests))]
public sealed class DoorFuzzTests
{
    private const int MaxBody = 16 * 1024;

    // What a process keeps in pools and caches, whatever is sent to it.
    private const long MaxGrowth = 96 << 20;

    private static readonly PostriderConfig Config = new()
    {
        Gateway = new GatewayConfig { MaxBodySize = new ByteSize(MaxBody), MaxReceiving = new ByteSize(MaxBody) },
        Sources = new Dictionary<string, SourceConfig>
        {
            ["app"] = new() { Name = "app", Default = true, AllowedOrigins = ["https://a.example"], Deduplicate = new DeduplicateConfig() },
            ["open"] = new() { Name = "open", Key = "userId, a/b, ä", Deduplicate = new DeduplicateConfig(), Webhook = new WebhookSourceConfig { Auth = WebhookSourceAuth.None, KeepHeaders = ["X-Event", "Origin"], TypeField = "type", DeliveryIdField = "id" } },
            ["signed"] = new() { Name = "signed", Webhook = new WebhookSourceConfig { Signature = new SignatureConfig { Scheme = SignatureScheme.Github, Secrets = [DoorRequests.Secret] } } },
            ["strict"] = new() { Name = "strict", WriteKey = "wk_strict", Required = ["x", "context.a"], Key = "x.y, userId", MaxEventSize = new ByteSize(300) },
        },
        Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = new() { Name = "crm", Type = "webhook" } },
    };

    [Fact]
    public async Task AnyRequest_AtAnyDoor_IsAnsweredWithoutAServerError_AndStoredAsItWasSent()
    {
        await using var server = await GatewayServer.StartAsync(Config);
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = server.Url };
        var doors = new Dictionary<string, int>();
        var (before, peak, appends) = (GC.GetTotalMemory(forceFullCollection: true), 0L, 0);
        server.Log.BeforeAppend = () =>
        {
            // In the middle of a request: all that it holds is there.
            peak = ++appends % 200 == 0 ? Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true)) : peak;
            Assert.InRange(server.Endpoint.Receiving.Taken, 1, (3 + EventShare.MaxGrowth) * MaxBody);
            return Task.CompletedTask;
        };

        await DoorRequests.Any.SampleAsync(
            async request =>
            {
                using var message = request.ToMessage();
                using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
                var answer = await Answer.FromAsync(response);

                Assert.True((int)answer.Status < 500, $"{answer.Status} {answer.Body} to {request}");
                Assert.True(server.Log.Stored.IsEmpty || answer.Status == HttpStatusCode.OK);
                if (!server.Log.Stored.IsEmpty)
                {
                    Assert.Null(DoorOracle.Difference(request, [.. server.Log.Stored.Select(one => one.Body)]));
                    var door = $"{request.Path.Split('?')[0]} {request.Header("Content-Type")}";
                    doors[door] = doors.GetValueOrDefault(door) + 1;
                }

                Assert.Equal(0, server.Endpoint.Receiving.Taken);
                server.Log.Stored.Clear();
            },
            iter: 20_000,
            threads: 1);

        Assert.DoesNotContain(server.Logs.Lines, line => line.Level >= LogLevel.Error);
        Assert.True(doors.Count(door => door.Value > 50) >= 8, string.Join(", ", doors));
        Assert.True(peak - before < MaxGrowth, $"{peak - before} bytes more at some time than before");
    }

    [Fact]
    public async Task AnyBytes_OnTheLine_NeverMakeAServerErrorOrAHang()
    {
        await using var server = await GatewayServer.StartAsync(Config);
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var (random, all) = (new Random(seed), new StringBuilder());
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 6_000; i++)
        {
            using var connection = await RawConnection.OpenAsync(server.Url);
            var sent = RawRequests.Next(random);
            all.Append(Encoding.Latin1.GetString(sent));
            try
            {
                await connection.SendAsync(sent);
                connection.CloseSending();
                var answer = await connection.ReadToEndAsync();

                // The web server itself says 501 and 505 to what is not its HTTP.
                Assert.False(Regex.IsMatch(answer, "HTTP/1.1 5(?!01|05)"), $"seed {seed}, request {i}: {answer} to {Encoding.Latin1.GetString(sent)}");
            }
            catch (IOException)
            {
                // The server may close before it has all.
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await server.PublishAsync("""{"userId":1,"payload":2}""")).Status);
        await Eventually.IsTrueAsync("all bytes are given back", () => server.Endpoint.Receiving.Taken == 0);
        var wholes = server.Log.Stored.Where(stored => stored.Type != "track").ToList();
        Assert.True(wholes.Count > 100, $"seed {seed}: {wholes.Count} stored");

        // A whole body, or what stands behind a head whose length was wrong and still made JSON of it: "36" of a chunk's size, where the head says three bytes.
        var sentAll = all.ToString();
        Assert.All(wholes.Select(stored => Encoding.Latin1.GetString(stored.Body.Span)), body => Assert.True(
            RawRequests.Storable.Contains(body) || sentAll.Contains("\r\n\r\n" + body, StringComparison.Ordinal), $"seed {seed}: {body}"));
        Assert.DoesNotContain(server.Logs.Lines, line => line.Level >= LogLevel.Error);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < MaxGrowth);
    }
}
