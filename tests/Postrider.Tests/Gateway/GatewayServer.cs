using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Gateway;

namespace Postrider.Tests.Gateway;

/// <summary>A real Kestrel on a free loopback port around the gateway's endpoint and a fake log.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayServer(PostriderConfig config, TimeProvider time, Action<KestrelServerOptions>? kestrel)
    {
        Config = new FakeConfigStore(config);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddMetrics();
        builder.Services.AddLogging(logging => logging.AddProvider(Logs));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        Listener? listener = null;
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(services => new ConfigureNamedOptions<KestrelServerOptions>(
            Options.DefaultName,
            options =>
            {
                listener = GatewayListener.Configure(options, config.Gateway, time, services.GetRequiredService<ILoggerFactory>());
                kestrel?.Invoke(options);
            }));
        _app = builder.Build();
        Metrics = new PostriderMetrics(_app.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        Counters = new CounterProbe(Metrics);
        Endpoint = new GatewayEndpoint(Log, Config, Metrics, time, _app.Services.GetRequiredService<ILoggerFactory>());
        _app.Run(context =>
        {
            Tag = context.Features.Get<ListenerTag>();
            Protocol = context.Request.Protocol;
            return Endpoint.HandleAsync(context);
        });
        GetUrl = () => listener!.Url;
    }

    public FakeEventLog Log { get; } = new();

    public FakeConfigStore Config { get; }

    public RecordingLoggerProvider Logs { get; } = new();

    public PostriderMetrics Metrics { get; }

    public CounterProbe Counters { get; }

    public GatewayEndpoint Endpoint { get; }

    /// <summary>The last request's.</summary>
    public ListenerTag? Tag { get; private set; }

    /// <summary>The last request's.</summary>
    public string? Protocol { get; private set; }

    public Uri Url => new(GetUrl());

    public HttpClient Client { get; private set; } = null!;

    private Func<string> GetUrl { get; }

    public static async Task<GatewayServer> StartAsync(
        PostriderConfig? config = null, TimeProvider? time = null, Action<KestrelServerOptions>? kestrel = null)
    {
        config ??= new PostriderConfig();
        config = config with { Gateway = config.Gateway with { Listen = config.Gateway.Certificate is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0" } };
        var server = new GatewayServer(config, time ?? TimeProvider.System, kestrel);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        server.Client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(60) };
        return server;
    }

    public Task<Answer> PublishAsync(string body) => PublishAsync(Encoding.UTF8.GetBytes(body));

    public async Task<Answer> PublishAsync(byte[] body, string? writeKey = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/publish") { Content = new ByteArrayContent(body) };
        if (writeKey is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(writeKey + ":")));
        }

        change?.Invoke(request);
        return await SendAsync(request);
    }

    public Task<Answer> PostAsync(string path, string body, string? writeKey = null, Action<HttpRequestMessage>? change = null) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), writeKey, change);

    public async Task<Answer> PostAsync(string path, byte[] body, string? writeKey = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (writeKey is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(writeKey + ":")));
        }

        change?.Invoke(request);
        return await SendAsync(request);
    }

    public async Task<Answer> GetAsync(string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change?.Invoke(request);
        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.FromAsync(response);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Counters.Dispose();
    }
}
