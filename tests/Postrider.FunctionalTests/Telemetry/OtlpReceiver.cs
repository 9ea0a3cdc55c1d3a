using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.FunctionalTests.Telemetry;

/// <summary>A collector: takes OTLP over HTTP in protobuf, and keeps what it got.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, string> _resource = new();
    private readonly ConcurrentDictionary<string, string> _metrics = new();
    private readonly ConcurrentDictionary<string, string> _headers = new();

    private OtlpReceiver(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    /// <summary>The attributes of the resource that sent.</summary>
    public IReadOnlyDictionary<string, string> Resource => _resource;

    /// <summary>The metrics' names with their units.</summary>
    public IReadOnlyDictionary<string, string> Metrics => _metrics;

    /// <summary>The headers of the last call.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        receiver.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        foreach (var (name, value) in context.Request.Headers)
        {
            _headers[name] = value.ToString();
        }

        // Both requests are alike down to the scope: 1 resource and its own, 2 scopes, 2 what the scope measured.
        foreach (var resource in Children(body.ToArray(), 1))
        {
            foreach (var attribute in Children(resource, 1).SelectMany(own => Children(own, 1)))
            {
                var (name, value) = OtlpSpan.ReadAttribute(attribute);
                _resource[name] = value;
            }

            foreach (var item in Children(resource, 2).SelectMany(scope => Children(scope, 2)))
            {
                Take(context.Request.Path, item);
            }
        }

        context.Response.ContentType = "application/x-protobuf";
    }

    private void Take(string path, ReadOnlyMemory<byte> item)
    {
        if (path == "/v1/traces")
        {
            _spans.Enqueue(OtlpSpan.Read(item));
        }
        else if (path == "/v1/metrics")
        {
            var fields = ProtoField.Read(item);
            _metrics[fields.Find(field => field.Number == 1).Text] = fields.Find(field => field.Number == 3).Text;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Children(ReadOnlyMemory<byte> message, int number) =>
        ProtoField.Read(message).Where(field => field.Number == number).Select(field => field.Bytes);
}
