using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Postrider.Configuration;
using Postrider.Gateway;
using Postrider.Tests.Gateway;

namespace Postrider.Tests.OpenApi;

/// <summary>The gateway's document beside a running gateway.</summary>
public sealed class GatewayDocumentTests
{
    private const string Key = "wk_web";

    private static readonly ApiDocument Document = ApiDocument.Gateway;

    // A source in a state and a request with something wrong; each is sent to every operation.
    private static readonly (string Name, Func<SourceConfig, SourceConfig> Source, Action<HttpRequestMessage> Change)[] Situations =
    [
        ("as the examples", source => source, _ => { }),
        ("without a key", source => source with { Default = false }, request => request.Headers.Authorization = null),
        ("with a wrong key", source => source, request =>
        {
            Authorize(request, "wk_none");
            Replace(request, Key, "wk_none");
        }),
        ("with a broken body", source => source, request => SetContent(request, "{")),
        ("encoded in a strange way", source => source, request => request.Content?.Headers.ContentEncoding.Add("zstd")),
        ("with a large body", source => source, request => SetContent(request, new string(' ', 20_000))),
        ("to a disabled source", source => source with { Enabled = false }, _ => { }),
        ("too often", source => source with { RateLimit = new RateLimit(1, TimeSpan.FromDays(1)) }, _ => { }),
        ("from another origin", source => source with { AllowedOrigins = ["https://a.example"] }, request => request.Headers.Add("Origin", "https://b.example")),
        ("under a known id", source => source with { Deduplicate = new DeduplicateConfig() }, _ => { }),
        ("to an unknown source", source => source, request => Replace(request, "/webhook/web", "/webhook/none")),
        ("with a wrong token", source => source, request => Replace(request, "s3cret", "wrong")),
        ("without the handshake", source => source, request => request.Headers.Remove("WebHook-Request-Origin")),
        ("while it stops", source => source, _ => { }),
    ];

    [Fact]
    public void Document_ItsOperations_AreTheGatewaysRoutes() => Assert.Equal(
        GatewayEndpoint.Routes.Select(route => $"{route.Method} {route.Path}").Order(StringComparer.Ordinal),
        Document.Operations.Select(operation => operation.ToString()).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Document_FromTheServer_IsTheCommittedFile()
    {
        await using var server = await StartAsync(source => source);

        var answer = await server.GetAsync(OpenApiEndpoint.Path);
        var refused = await server.PostAsync(OpenApiEndpoint.Path, "{}");

        Assert.Equal(ApiDocument.Text("gateway"), answer.Body);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal((405, "GET"), ((int)refused.Status, refused.Headers["Allow"]));
    }

    [Fact]
    public async Task Answers_ToEveryOperationInEverySituation_AreDeclaredAndAllThatIsDeclaredComes()
    {
        var mistakes = new List<string>();
        var seen = new HashSet<string>();
        foreach (var (name, source, change) in Situations)
        {
            foreach (var operation in Document.Operations)
            {
                await using var server = await StartAsync(source);
                if (name == "while it stops")
                {
                    server.Endpoint.StopAccepting();
                }

                // Twice: a limit and a known id show on the second.
                foreach (var (mediaType, body, _) in Enumerable.Repeat(ApiDocument.Bodies(operation), 2).SelectMany(bodies => bodies))
                {
                    using var request = ApiDocument.Request(operation, mediaType, body);
                    Authorize(request, Key);
                    change(request);
                    using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
                    seen.Add(string.Create(CultureInfo.InvariantCulture, $"{operation} {(int)answer.StatusCode}"));
                    mistakes.AddRange((await Document.CheckAsync(operation, answer)).Select(mistake => $"{name}: {mistake}"));
                    if (name == "as the examples" && !answer.IsSuccessStatusCode)
                    {
                        mistakes.Add($"{operation} refuses its own example");
                    }

                    server.Log.Known = server.Log.Stored.FirstOrDefault();
                }
            }
        }

        // A slow body and a bug: other tests have them.
        var declared = Document.Operations.SelectMany(operation => operation.Node["responses"]!.AsObject()
            .Where(answer => answer.Key is not ("408" or "500")).Select(answer => $"{operation} {answer.Key}"));
        Assert.Empty(mistakes);
        Assert.Empty(declared.Except(seen));
    }

    [Fact]
    public async Task Preflights_OfEveryPathButTheDocuments_AreAnsweredAsTheDocumentSays()
    {
        await using var server = await StartAsync(source => source);

        foreach (var path in Document.Operations.Select(operation => operation.Path).Distinct())
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path.Replace("{source}", "web", StringComparison.Ordinal).Replace("{writeKey}", Key, StringComparison.Ordinal));
            request.Headers.Add("Origin", "https://a.example");
            request.Headers.Add("Access-Control-Request-Method", "POST");

            var answer = await server.SendAsync(request);

            Assert.Equal((path, path == OpenApiEndpoint.Path ? 405 : 204), (path, (int)answer.Status));
        }
    }

    private static Task<GatewayServer> StartAsync(Func<SourceConfig, SourceConfig> change)
    {
        var source = change(new SourceConfig { Name = "web", Default = true, WriteKey = Key, Webhook = new WebhookSourceConfig { VerifyToken = "s3cret" } });
        return GatewayServer.StartAsync(new PostriderConfig
        {
            Gateway = new GatewayConfig { MaxBodySize = new ByteSize(10_000) },
            Sources = new Dictionary<string, SourceConfig> { ["web"] = source },
            Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = new() { Name = "crm", Type = "webhook" } },
        });
    }

    private static void Authorize(HttpRequestMessage request, string key) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":")));

    private static void Replace(HttpRequestMessage request, string part, string other) =>
        request.RequestUri = new Uri(request.RequestUri!.OriginalString.Replace(part, other, StringComparison.Ordinal), UriKind.Relative);

    private static void SetContent(HttpRequestMessage request, string text)
    {
        if (request.Content is { } content)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            request.Content.Headers.ContentType = content.Headers.ContentType;
            content.Dispose();
        }
    }
}
