using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Clients;

/// <summary>
/// What an SDK meets: the real server behind a line that can be cut, a webhook behind that, and a page server that is asked to prepare each phase.
/// Phases: 1 all is well · 2 the server answers 503 twice · 3 it is stopped and started again · 4 an answer is lost.
/// </summary>
internal sealed class ClientRig : IAsyncDisposable
{
    public const int Phases = 4;

    private readonly ConcurrentQueue<ClientArrival> _arrivals = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WebApplication> _apps = [];
    private readonly int _perPhase;
    private int _failing;
    private int _losing;
    private int _refused;

    private ClientRig(int perPhase) => _perPhase = perPhase;

    public PostriderServer Server { get; private set; } = null!;

    public ClientLine Line { get; private set; } = null!;

    /// <summary>Serves the pages and takes the scripts' calls.</summary>
    public Uri Control { get; private set; } = null!;

    /// <summary>All deliveries in the order in which they came.</summary>
    public IReadOnlyList<ClientArrival> Arrivals => [.. _arrivals];

    /// <summary>Completes when a page has sent everything.</summary>
    public Task Done => _done.Task;

    public int Refused => Volatile.Read(ref _refused);

    /// <param name="perPhase">How many events a phase sends.</param>
    public static async Task<ClientRig> StartAsync(int perPhase)
    {
        var rig = new ClientRig(perPhase);
        var webhook = await rig.ListenAsync(rig.ReceiveAsync);
        rig.Server = new PostriderServer($$"""
            sources:
              web: { writeKey: wk_web }
            destinations:
            {{PostriderServer.Webhook("hook", webhook)}}
            """);
        await rig.Server.StartAsync();
        rig.Line = new ClientLine(() => rig.Server.Gateway, rig.Interfere);
        rig.Line.Address = await rig.ListenAsync(rig.Line.ForwardAsync);
        rig.Control = await rig.ListenAsync(rig.ControlAsync);
        return rig;
    }

    public string Describe() =>
        $"\n--- failures\n{string.Join('\n', _failures)}\n--- arrived\n{string.Join('\n', Arrivals.Select(one => $"{one.Sequence} {one.Type} {one.MessageId} {one.Key}"))}{Server.Describe()}";

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }

        Line.Dispose();
        await Server.DisposeAsync();
    }

    private async Task<Uri> ListenAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        _apps.Add(app);
        app.Run(handle);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var headers = context.Request.Headers;
        _arrivals.Enqueue(new ClientArrival(
            headers["webhook-id"].ToString(),
            long.Parse(headers["postrider-sequence"].ToString(), CultureInfo.InvariantCulture),
            document.RootElement.Clone()));
    }

    private LineFault Interfere()
    {
        if (Server.Process.HasExited)
        {
            Interlocked.Increment(ref _refused);
            return LineFault.Dead;
        }

        return Interlocked.Decrement(ref _failing) >= 0 ? LineFault.Unavailable
            : Interlocked.Decrement(ref _losing) >= 0 ? LineFault.AnswerLost
            : LineFault.None;
    }

    private async Task ControlAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == "/done")
        {
            _done.TrySetResult();
        }
        else if (path == "/failed")
        {
            using var reader = new StreamReader(context.Request.Body);
            var failure = await reader.ReadToEndAsync(context.RequestAborted);
            _failures.Enqueue(failure);
            _done.TrySetException(new InvalidOperationException(failure));
        }
        else if (path.StartsWith("/phase/", StringComparison.Ordinal))
        {
            await PrepareAsync(int.Parse(path["/phase/".Length..], CultureInfo.InvariantCulture));
        }
        else if (path.StartsWith("/arrived/", StringComparison.Ordinal))
        {
            var expected = _perPhase * int.Parse(path["/arrived/".Length..], CultureInfo.InvariantCulture);
            await Eventually.TrueAsync($"{expected} events have arrived", () => Arrivals.DistinctBy(one => one.MessageId).Count() >= expected, Describe, TimeSpan.FromSeconds(60));
        }
        else
        {
            await ServeAsync(context, path);
        }
    }

    private async Task PrepareAsync(int phase)
    {
        switch (phase)
        {
            case 2:
                Volatile.Write(ref _failing, 2);
                break;
            case 3:
                await Server.StopAsync();
                var before = Refused;
                _ = RestartAsync(before);
                break;
            case 4:
                Volatile.Write(ref _losing, 1);
                break;
        }
    }

    // The client meets the dead server at least once.
    private async Task RestartAsync(int before)
    {
        try
        {
            await Eventually.TrueAsync("the client has met the stopped server", () => Refused > before);
            await Server.StartAsync();
        }
        catch (Exception e)
        {
            _failures.Enqueue(e.ToString());
            _done.TrySetException(e);
        }
    }

    private static async Task ServeAsync(HttpContext context, string path)
    {
        var file = Path.GetFullPath(Path.Combine(ClientTools.Folder, path.TrimStart('/')));
        if (!file.StartsWith(ClientTools.Folder, StringComparison.Ordinal) || !File.Exists(file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = Path.GetExtension(file) is ".html" ? "text/html" : "text/javascript";
        await context.Response.SendFileAsync(file, context.RequestAborted);
    }
}
