using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>A real Kestrel receiver on loopback that counts its connections and keeps what it got.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<Request> _requests = [];
    private int _connections;

    private WebhookReceiver(Func<HttpContext, Task> answer, X509Certificate2? certificate, bool asksForCertificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            listen.Use(next => context =>
            {
                Interlocked.Increment(ref _connections);
                return next(context);
            });
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = asksForCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var request = new Request(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString.ToString(),
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body.ToArray())
            {
                RawTarget = context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            };
            lock (_requests)
            {
                _requests.Add(request);
            }

            await answer(context);
        });
    }

    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public int Connections => _connections;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<WebhookReceiver> StartAsync(Func<HttpContext, Task> answer, X509Certificate2? certificate = null, bool asksForCertificate = false)
    {
        var receiver = new WebhookReceiver(answer, certificate, asksForCertificate);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public static Task<WebhookReceiver> StartAsync(int status) => StartAsync(context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    internal sealed record Request(string Method, string Target, Dictionary<string, string> Headers, byte[] Body)
    {
        /// <summary>As it stood on the wire.</summary>
        public string RawTarget { get; init; } = "";
    }
}
