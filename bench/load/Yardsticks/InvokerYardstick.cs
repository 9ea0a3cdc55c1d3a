using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Postrider.Load.Measuring;

namespace Postrider.Load.Yardsticks;

/// <summary>The least that any webhook sender on .NET must do: a loop of bare <see cref="HttpMessageInvoker"/> calls.</summary>
internal sealed class InvokerYardstick(Uri url, int inFlight, int bodyBytes) : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        MaxConnectionsPerServer = inFlight,
        UseCookies = false,
        UseProxy = false,
    });

    private readonly byte[] _body = Encoding.ASCII.GetBytes(new string('x', bodyBytes));

    /// <summary>Prints one line: calls per second, µs of CPU a call, p50 and p99 in ns.</summary>
    public async Task RunAsync(TimeSpan warmUp, TimeSpan duration, CancellationToken cancellationToken)
    {
        await SendForAsync(warmUp, cancellationToken);
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var latency = await SendForAsync(duration, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var spent = self.TotalProcessorTime - cpu;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{latency.Count / elapsed.TotalSeconds:F0} {spent.TotalMicroseconds / latency.Count:F2} {latency.Quantile(0.5)} {latency.Quantile(0.99)}"));
    }

    public void Dispose() => _invoker.Dispose();

    private async Task<Histogram> SendForAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var histogram = new Histogram();
        var deadline = Stopwatch.GetTimestamp() + (duration.Ticks * 100);
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(
            async () =>
            {
                while (Stopwatch.GetTimestamp() is var begun && begun < deadline)
                {
                    await SendAsync(cancellationToken);
                    var took = Stopwatch.GetTimestamp() - begun;
                    lock (histogram)
                    {
                        histogram.Record(took);
                    }
                }
            },
            cancellationToken)));
        return histogram;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version11,
            Content = new ByteArrayContent(_body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        using var response = await _invoker.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
