using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Journal;
using Postrider.Operations;

namespace Postrider.Tests.Operations;

/// <summary>The admin pipeline on a real listener of a free port, over fakes.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AdminServer(WebApplication app, StoredConfig config, FakeReload reload)
    {
        _app = app;
        Config = config;
        Reload = reload;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
    }

    public static DateTimeOffset StartedAt { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>What its clock shows.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public FakeEventLog Log { get; } = new();

    public FakeDeliveryControl Delivery { get; } = new();

    public DeliveryJournal Journal { get; } = new();

    public StoredConfig Config { get; }

    public FakeReload Reload { get; }

    public required FakeConfigSource Source { get; init; }

    public required FakeTimeProvider Time { get; init; }

    public required FakeGatewayDoor Door { get; init; }

    public ServerState State => _app.Services.GetRequiredService<ServerState>();

    /// <summary>Starts one; <paramref name="configure"/> changes its configuration, which says that it listens on loopback.</summary>
    public static async Task<AdminServer> StartAsync(Func<PostriderConfig, PostriderConfig>? configure = null, bool started = true, Action<IEndpointRouteBuilder>? map = null)
    {
        var config = new PostriderConfig { Destinations = new Dictionary<string, DestinationConfig> { ["crm"] = new() { Name = "crm", Type = "webhook" } } };
        var store = new StoredConfig(configure?.Invoke(config) ?? config);
        var reload = new FakeReload();
        var time = new FakeTimeProvider(Now);
        var (source, door) = (new FakeConfigSource(store), new FakeGatewayDoor());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IConfigStore>(store).AddSingleton<IConfigReload>(reload).AddSingleton<IConfigSource>(source).AddSingleton<IGatewayDoor>(door).AddOperations();
        var app = builder.Build();
        app.MapWhen(
            _ => true,
            admin => admin.UseAdmin(extended => extended.Map("/metrics", metrics => metrics.Run(context => context.Response.WriteAsync("metrics"))), map));
        await app.StartAsync(TestContext.Current.CancellationToken);

        var server = new AdminServer(app, store, reload) { Source = source, Door = door, Time = time };
        if (started)
        {
            server.State.MarkStarted(server.Log, server.Delivery, StartedAt, journal: server.Journal);
        }

        return server;
    }

    /// <summary>What a host may add: a page that tells who sees it, a form of it, and a call that says nothing of who may use it.</summary>
    public static void MapPage(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/page", ["GET", "POST"], context =>
        {
            var by = OperatorClaims.Find(context.User);
            return context.Response.WriteAsync($"{by?.Name} {by?.Role} {by?.From} {context.User.IsInRole(OperatorClaims.OperatorRole)} {context.User.IsInRole(OperatorClaims.ReaderRole)}");
        });
        routes.MapGet("/api/forgotten", context => context.Response.WriteAsync("{}"));
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request);
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        return await SendAsync(request);
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) };
        return await SendAsync(request);
    }

    public async Task<(int Status, JsonElement Body)> DeleteAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        return await SendAsync(request);
    }

    public async Task<(int Status, JsonElement Body)> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (text.Length == 0)
        {
            return ((int)response.StatusCode, default);
        }

        using var document = JsonDocument.Parse(text);
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    internal sealed class StoredConfig(PostriderConfig current) : IConfigStore
    {
        public PostriderConfig Current { get; set; } = current;
    }

    internal sealed class FakeReload : IConfigReload
    {
        public List<string> Errors { get; } = [];

        public int Calls { get; private set; }

        public Task<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken)
        {
            Calls++;
            return Task.FromResult<IReadOnlyList<string>>(Errors);
        }
    }
}
