using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Postrider.Server.Receivers;

/// <summary>Two webhook receivers to look at deliveries with.</summary>
internal sealed class ReceiverServer : IAsyncDisposable
{
    // What fits beside a time and an id on a wide terminal.
    private const int MaxPrintedPayload = 160;

    private readonly WebApplication _app;
    private readonly ReceiverOptions _options;
    private readonly long[] _received = new long[2];

    private ReceiverServer(WebApplication app, ReceiverOptions options)
    {
        _app = app;
        _options = options;
    }

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public static async Task<ReceiverServer> StartAsync(ReceiverOptions options)
    {
        var builder = PostriderHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Address, options.Port));
        if (!options.StopsOnSignals)
        {
            builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        }

        var app = builder.Build();
        var server = new ReceiverServer(app, options);
        app.Run(server.AnswerAsync);
        try
        {
            await app.StartAsync();
            server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            return server;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Events that the receiver of this number, 1 or 2, answered with 200.</summary>
    public long Count(int webhook) => Interlocked.Read(ref _received[webhook - 1]);

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var webhook = context.Request.Path.Value switch
        {
            "/webhook1" => 1,
            "/webhook2" => 2,
            _ => 0,
        };

        if (webhook > 0 && HttpMethods.IsPost(context.Request.Method))
        {
            return ReceiveAsync(context, webhook);
        }

        if (webhook > 0)
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Post events here.\n");
        }

        return context.Request.Path == "/"
            ? WriteAsync(context, StatusCodes.Status200OK, "Postrider's sample receivers: POST events to /webhook1 or /webhook2.\n")
            : WriteAsync(context, StatusCodes.Status404NotFound, "There are only /webhook1 and /webhook2.\n");
    }

    private async Task ReceiveAsync(HttpContext context, int webhook)
    {
        var received = await ReceivedEvent.ReadAsync(context.Request.Body, context.RequestAborted);
        if (_options.Delay > TimeSpan.Zero)
        {
            await Task.Delay(_options.Delay, TimeProvider.System, context.RequestAborted);
        }

        if (received is null)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest, "The body is not a JSON object with userId and payload.\n");
            return;
        }

        var fails = ShouldFail();
        Print(context, webhook, received, fails);
        if (fails)
        {
            await WriteAsync(context, StatusCodes.Status500InternalServerError, "Failed, as --fail-rate asks.\n");
            return;
        }

        Interlocked.Increment(ref _received[webhook - 1]);
        await WriteAsync(context, StatusCodes.Status200OK, $"Recieved Data in webhook {webhook}: {received.UserId}: {received.Payload}");
    }

#pragma warning disable CA5394 // Which answers fail is no secret.
    private bool ShouldFail() => _options.FailRate > 0 && Random.Shared.NextDouble() < _options.FailRate;
#pragma warning restore CA5394

    private void Print(HttpContext context, int webhook, ReceivedEvent received, bool fails)
    {
        if (_options.Print is null || !_options.PrintsEventsOf(received.UserId))
        {
            return;
        }

        var payload = received.Payload.Length <= MaxPrintedPayload ? received.Payload : received.Payload[..MaxPrintedPayload] + "…";
        var headers = context.Request.Headers;
        var id = headers.TryGetValue("webhook-id", out var ids) ? $"  {ids}" : "";
        var attempt = int.TryParse(headers["postrider-attempt"], CultureInfo.InvariantCulture, out var number) && number > 1 ? $"  attempt {number}" : "";
        _options.Print(Printable($"webhook {webhook}  {received.UserId}: {payload}{id}{attempt}{(fails ? "  answered 500" : "")}"));
    }

    /// <summary>Whoever posts must not move the terminal's cursor.</summary>
    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
