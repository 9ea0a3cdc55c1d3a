using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A real Kestrel server on loopback that takes webhooks, one event or a batch at a time, or does not.</summary>
internal sealed class HttpReceiver : ConformanceReceiver
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string Token = "Bearer not-to-be-told";
    private const string InUrl = "also-not-to-be-told";

    private const string ClientSecret = "nor-this-one";
    private const string AccessToken = "tok-1";

    private readonly WebApplication _app;
    private readonly WebhookBatchSettings? _batch;
    private readonly bool _wantsToken;
    private readonly ConcurrentQueue<ReceivedEvent> _arrived = new();
    private readonly ConcurrentDictionary<string, bool> _refused = new();
    private volatile bool _fails;
    private volatile TaskCompletionSource? _hanging;

    private HttpReceiver(WebApplication app, WebhookBatchSettings? batch, bool wantsToken)
    {
        _app = app;
        _batch = batch;
        _wantsToken = wantsToken;
        app.Run(AnswerAsync);
    }

    public override object Settings => new WebhookSettings
    {
        Url = $"{Address}/events?key={InUrl}",
        Secret = Secret,
        Headers = new Dictionary<string, string> { ["X-Team"] = Token },
        Auth = _wantsToken
            ? new AuthSettings { Oauth2 = new OAuth2Settings { TokenUrl = $"{Address}/token", ClientId = "postrider", ClientSecret = ClientSecret } }
            : new AuthSettings { Bearer = AccessToken },
        Batch = _batch,
        AllowPrivateNetwork = true,
    };

    public override IReadOnlyList<string> Secrets => [Secret, Token, InUrl, AccessToken, .. _wantsToken ? [ClientSecret] : Array.Empty<string>()];

    private string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <param name="batch">Null: one event at a time.</param>
    /// <param name="wantsToken">Whether the token is fetched from here first.</param>
    public static async Task<HttpReceiver> StartAsync(WebhookBatchSettings? batch = null, bool wantsToken = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new HttpReceiver(builder.Build(), batch, wantsToken);
        await receiver._app.StartAsync();
        return receiver;
    }

    public override ValueTask AcceptAsync()
    {
        _fails = false;
        _hanging?.TrySetResult();
        _hanging = null;
        return ValueTask.CompletedTask;
    }

    public override ValueTask FailAsync()
    {
        _fails = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask HangAsync()
    {
        _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<SampleEvent> RefuseAsync(SampleEvent sample)
    {
        _refused[sample.Id!] = true;
        return ValueTask.FromResult(sample);
    }

    public override ValueTask<IReadOnlyList<ReceivedEvent>> ReadAsync() => ValueTask.FromResult<IReadOnlyList<ReceivedEvent>>([.. _arrived]);

    public override async ValueTask DisposeAsync()
    {
        _hanging?.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/token")
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"access_token":"{{AccessToken}}","token_type":"Bearer","expires_in":3600}""");
            return;
        }

        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        if (_hanging is { } hanging)
        {
            // Whoever waited until now has gone; what it sent was not taken.
            await hanging.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
            return;
        }

        if (_fails || context.Request.Headers.Authorization != $"Bearer {AccessToken}")
        {
            context.Response.StatusCode = _fails ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status401Unauthorized;
            return;
        }

        await AnswerAsync(context, [.. _batch is null ? [new ReceivedEvent(context.Request.Headers["webhook-id"].ToString(), body)] : Split(body, _batch.Format)]);
    }

    // Without results an answer is that of all: one that is refused takes the others with it.
    private async Task AnswerAsync(HttpContext context, ReceivedEvent[] events)
    {
        var isRefused = events.Any(received => _refused.ContainsKey(received.EventId));
        if (isRefused && _batch is not { Results: true })
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        // Of a key only what stands before a refused event is taken, as a receiver does that cares for order.
        var held = new HashSet<string>();
        var results = new List<string>();
        foreach (var received in events)
        {
            using var document = JsonDocument.Parse(received.Content);
            var key = document.RootElement.GetProperty("userId").GetString()!;
            if (_refused.ContainsKey(received.EventId) || held.Contains(key))
            {
                held.Add(key);
                results.Add($$"""{"id":"{{received.EventId}}","status":400}""");
            }
            else
            {
                _arrived.Enqueue(received);
            }
        }

        if (_batch is { Results: true })
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"results":[{{string.Join(',', results)}}]}""");
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static IEnumerable<ReceivedEvent> Split(string body, BatchFormat format)
    {
        if (format == BatchFormat.Ndjson)
        {
            return body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
            {
                using var item = JsonDocument.Parse(line);
                return Read(item.RootElement);
            });
        }

        using var document = JsonDocument.Parse(body);
        return [.. document.RootElement.EnumerateArray().Select(Read)];

        static ReceivedEvent Read(JsonElement item) => new(item.GetProperty("id").GetString()!, item.GetProperty("event").GetRawText());
    }
}
