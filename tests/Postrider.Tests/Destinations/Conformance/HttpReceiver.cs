using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;
using Postrider.Testing;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A real Kestrel server on loopback that takes webhooks, or does not.</summary>
internal sealed class HttpReceiver : ConformanceReceiver
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string Token = "Bearer not-to-be-told";
    private const string InUrl = "also-not-to-be-told";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedEvent> _arrived = new();
    private readonly ConcurrentDictionary<string, bool> _refused = new();
    private volatile bool _fails;
    private volatile TaskCompletionSource? _hanging;

    private HttpReceiver(WebApplication app)
    {
        _app = app;
        app.Run(AnswerAsync);
    }

    public override object Settings => new WebhookSettings
    {
        Url = $"{_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()}/events?key={InUrl}",
        Secret = Secret,
        Headers = new Dictionary<string, string> { ["Authorization"] = Token },
        AllowPrivateNetwork = true,
    };

    public override IReadOnlyList<string> Secrets => [Secret, Token, InUrl];

    public static async Task<HttpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new HttpReceiver(builder.Build());
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
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        if (_hanging is { } hanging)
        {
            // Whoever waited until now has gone; what it sent was not taken.
            await hanging.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
            return;
        }

        var id = context.Request.Headers["webhook-id"].ToString();
        context.Response.StatusCode = _fails ? StatusCodes.Status503ServiceUnavailable
            : _refused.ContainsKey(id) ? StatusCodes.Status400BadRequest
            : StatusCodes.Status204NoContent;
        if (context.Response.StatusCode == StatusCodes.Status204NoContent)
        {
            _arrived.Enqueue(new ReceivedEvent(id, body));
        }
    }
}
