using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>A webhook's far end over real HTTP: checks each delivery as the documentation tells receivers to, keeps it, and answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    /// <summary>What signs the deliveries to it.</summary>
    public const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static readonly byte[] Key = Convert.FromBase64String(Secret["whsec_".Length..]);

    private readonly WebApplication _app;
    private readonly bool _keeps;
    private readonly ConcurrentQueue<WebhookArrival> _arrivals = new();
    private volatile Func<WebhookArrival, WebhookAnswer> _answer;

    private WebhookReceiver(WebApplication app, Func<WebhookArrival, WebhookAnswer> answer, bool keeps)
    {
        _app = app;
        _answer = answer;
        _keeps = keeps;
    }

    /// <summary>Where it listens; any path will do.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>All deliveries in the order in which they came.</summary>
    public IReadOnlyList<WebhookArrival> Arrivals => [.. _arrivals];

    /// <summary>What it answers from now on.</summary>
    public Func<WebhookArrival, WebhookAnswer> Answer
    {
        set => _answer = value;
    }

    /// <summary>Told of a delivery whose sender had gone before it was answered: whether it heard the answer nobody knows.</summary>
    public Action<WebhookArrival>? Unheard { get; set; }

    /// <param name="answer">Called in the order of arrival of each user's deliveries; null: always 200.</param>
    /// <param name="port">0: a free one.</param>
    /// <param name="keeps">False: the test keeps what it needs itself.</param>
    public static async Task<WebhookReceiver> StartAsync(Func<WebhookArrival, WebhookAnswer>? answer = null, int port = 0, bool keeps = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app, answer ?? (_ => WebhookAnswer.Ok), keeps);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        receiver.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        // Deliveries that hang would hold an orderly stop.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream((int)(context.Request.ContentLength ?? 256));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    // By the recipe of docs/webhooks.md, not by the product's own signer: it must hold for strangers.
    private static bool Verify(IHeaderDictionary headers, byte[] body)
    {
        var timestamp = headers["webhook-timestamp"].ToString();
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > 300)
        {
            return false;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{timestamp}."), .. body];
        var expected = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(Key, signed)));
        return headers["webhook-signature"].ToString().Split(' ')
            .Any(token => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), expected));
    }

    private static WebhookArrival Read(string path, IHeaderDictionary headers, byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var user = document.RootElement.GetProperty("userId");
        var payload = document.RootElement.GetProperty("payload");
        return new WebhookArrival(
            TimeProvider.System.GetTimestamp(),
            path,
            headers["webhook-id"].ToString(),
            int.Parse(headers["postrider-attempt"].ToString(), CultureInfo.InvariantCulture),
            long.Parse(headers["postrider-sequence"].ToString(), CultureInfo.InvariantCulture),
            Verify(headers, body),
            user.ToString(),
            payload.ValueKind == JsonValueKind.String ? payload.GetString()! : payload.GetRawText(),
            Encoding.UTF8.GetString(body));
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        WebhookArrival arrival;
        try
        {
            arrival = Read(context.Request.Path, context.Request.Headers, await ReadBodyAsync(context));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The sender was killed in the middle of a request: nothing has arrived.
            return;
        }

        if (_keeps)
        {
            _arrivals.Enqueue(arrival);
        }

        var answer = _answer(arrival);
        if (answer.Status == 0)
        {
            context.Abort();
            return;
        }

        try
        {
            await (answer.Until?.WaitAsync(context.RequestAborted) ?? Task.CompletedTask);
            context.Response.StatusCode = answer.Status;
            if (answer.RetryAfterSeconds is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            await context.Response.WriteAsync(answer.Body, context.RequestAborted);
            await context.Response.CompleteAsync();
        }
        catch (OperationCanceledException)
        {
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            Unheard?.Invoke(arrival);
        }
    }
}
