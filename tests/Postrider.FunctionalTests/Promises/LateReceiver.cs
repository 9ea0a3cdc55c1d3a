using System.Collections.Concurrent;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>A receiver that is in trouble, or not there at all, until it comes back.</summary>
internal sealed class LateReceiver(int port) : IAsyncDisposable
{
    private readonly ConcurrentQueue<WebhookArrival> _taken = new();
    private WebhookReceiver? _receiver;

    /// <summary>What it got since it came back.</summary>
    public IReadOnlyList<WebhookArrival> TakenArrivals => [.. _taken];

    public async Task StartAsync(Func<WebhookArrival, WebhookAnswer> trouble) => _receiver = await WebhookReceiver.StartAsync(trouble, port);

    public async Task ComeBackAsync()
    {
        _receiver ??= await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing, port);
        _receiver.Answer = arrival =>
        {
            _taken.Enqueue(arrival);
            return WebhookAnswer.Ok;
        };
    }

    public ValueTask DisposeAsync() => _receiver?.DisposeAsync() ?? ValueTask.CompletedTask;
}
