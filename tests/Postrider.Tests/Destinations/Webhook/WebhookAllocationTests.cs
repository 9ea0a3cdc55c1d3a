using System.Net.Sockets;
using System.Net;
using Postrider.Destinations;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>Alone, because the counter is the whole process's.</summary>
[CollectionDefinition(nameof(WebhookAllocationTests), DisableParallelization = true)]
[Collection(nameof(WebhookAllocationTests))]
public sealed class WebhookAllocationTests
{
    private const int Deliveries = 2000;
    private const int MostBytes = 2560;

    [Fact]
    public async Task DeliverAsync_SteadyState_AllocatesLittle()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = new Thread(() => Serve(listener)) { IsBackground = true };
        server.Start();
        var settings = new WebhookSettings { Url = $"http://{listener.LocalEndpoint}/hook", Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", AllowPrivateNetwork = true };
        await using var destination = TestDestinations.Of(settings);
        DeliveryAttempt[] batch = [Attempts.Of()];
        await RunAsync(destination, batch, 200);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await RunAsync(destination, batch, Deliveries);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Deliveries;

        TestContext.Current.SendDiagnosticMessage($"{each} bytes a delivery");
        Assert.InRange(each, 1, MostBytes);
    }

    private static async Task RunAsync(IDestination destination, DeliveryAttempt[] batch, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var results = await destination.DeliverAsync(batch, TestContext.Current.CancellationToken);
            Assert.Equal(DeliveryOutcome.Delivered, results[0].Outcome);
        }
    }

    // Blocking calls on fixed buffers: what is measured is the sender.
    private static void Serve(TcpListener listener)
    {
        using var socket = listener.AcceptSocket();
        socket.NoDelay = true;
        var answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();
        var buffer = new byte[16 * 1024];
        var length = 0;
        int read;
        while ((read = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None)) > 0)
        {
            length += read;
            if (buffer.AsSpan(0, length).EndsWith("""{"a":1}"""u8))
            {
                length = 0;
                socket.Send(answer);
            }
        }
    }
}
