using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookBrokenReceiverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("")]
    public async Task DeliverAsync_AnswerStops_EndsWithTheCallersToken(string begin)
    {
        using var deadline = new CancellationTokenSource();
        await using var receiver = RawReceiver.Start(async (socket, stop) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(begin), stop);
            deadline.CancelAfter(100);
            await new TaskCompletionSource().Task.WaitAsync(stop);
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var delivery = destination.DeliverOneAsync(cancellationToken: deadline.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(60), Token));
    }

    [Fact]
    public async Task DeliverAsync_AnswerDripsForEver_EndsWithTheCallersToken()
    {
        using var deadline = new CancellationTokenSource();
        var drops = 0;
        await using var receiver = RawReceiver.Start(async (socket, stop) =>
        {
            await socket.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), stop);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (await timer.WaitForNextTickAsync(stop))
            {
                await socket.SendAsync("1\r\nx\r\n"u8.ToArray(), stop);
                if (++drops == 20)
                {
                    await deadline.CancelAsync();
                }
            }
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var delivery = destination.DeliverOneAsync(cancellationToken: deadline.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.True(drops >= 20);
    }

    [Theory]
    [InlineData(200, DeliveryOutcome.Delivered, 0)]
    [InlineData(500, DeliveryOutcome.Retry, DeliveryResult.MaxAnswerBytes)]
    public async Task DeliverAsync_EndlessFastAnswer_IsCutAfterTheDrainLimit(int status, DeliveryOutcome expected, int kept)
    {
        var sent = 0L;
        var closed = new TaskCompletionSource();
        await using var receiver = RawReceiver.Start(async (socket, stop) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: 10000000000\r\n\r\n"), stop);
            try
            {
                while (true)
                {
                    sent += await socket.SendAsync(new byte[16 * 1024], stop);
                }
            }
            catch (SocketException)
            {
                closed.TrySetResult();
            }
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Equal((expected, status, kept), (result.Outcome, result.Status, result.Answer.Length));
        Assert.InRange(sent, 0, 32L * 1024 * 1024);
    }

    [Fact]
    public async Task DeliverAsync_HugeHeaders_IsAProtocolFailure()
    {
        await using var receiver = RawReceiver.Start($"HTTP/1.1 200 OK\r\nX-Big: {new string('x', 40_000)}\r\nContent-Length: 0\r\n\r\n");
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        AssertRetry("protocol", "16 KiB of headers", result);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task DeliverAsync_NoHttp_IsAProtocolFailure(string answer)
    {
        await using var receiver = RawReceiver.Start(answer);
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        AssertRetry("protocol", "not HTTP", result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    public async Task DeliverAsync_ConnectionClosedInMidAnswer_IsRetried(string begin)
    {
        await using var receiver = RawReceiver.Start((socket, stop) => socket.SendAsync(Encoding.ASCII.GetBytes(begin), stop).AsTask());
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        AssertRetry("protocol", "before its answer was complete", result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")]
    public async Task DeliverAsync_ConnectionResetInMidAnswer_IsRetried(string begin)
    {
        await using var receiver = RawReceiver.Start(async (socket, stop) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(begin), stop);
            socket.LingerState = new LingerOption(true, 0);
        });
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        AssertRetry("connect", "connection reset", result);
    }

    [Fact]
    public async Task DeliverAsync_FailureCutInMidAnswer_KeepsStatusAndWhatCame()
    {
        await using var receiver = RawReceiver.Start((socket, stop) =>
            socket.SendAsync("HTTP/1.1 400 Bad\r\nContent-Length: 1000\r\n\r\nbecause"u8.ToArray(), stop).AsTask());
        await using var destination = TestDestinations.To(receiver.Url);

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Rejected, 400), (result.Outcome, result.Status));
        Assert.Equal("because", Encoding.ASCII.GetString(result.Answer.Span));
    }

    [Fact]
    public async Task DeliverAsync_NobodyListens_SaysConnectionRefused()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = silent.LocalEndPoint!.ToString();
        await using var destination = TestDestinations.To($"http://{address}/secret-path?token=planted");

        var result = await destination.DeliverOneAsync();

        AssertRetry("connect", "connection refused", result);
        Assert.Equal($"no connection to {address}: connection refused", result.Reason);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/secret-path?token=planted", "127.0.0.1 is loopback")]
    [InlineData("http://169.254.169.254/latest?token=planted", "169.254.169.254 is a cloud metadata address")]
    public async Task DeliverAsync_BlockedAddress_NamesRuleAndCure(string url, string part)
    {
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = url });

        var result = await destination.DeliverOneAsync();

        AssertRetry("blocked", part, result);
        Assert.Contains("allowNetworks: [1", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeliverAsync_NameDoesNotResolve_SaysDns()
    {
        var factory = new WebhookDestinationFactory(TimeProvider.System, (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        await using var destination = factory.Create(TestDestinations.ConfigOf(new WebhookSettings { Url = "https://crm.example/?token=planted" }));

        var result = await destination.DeliverOneAsync();

        AssertRetry("dns", "crm.example does not resolve", result);
    }

    [Fact]
    public async Task DeliverAsync_ConnectionTakesTooLong_SaysTimeout()
    {
        var settings = new WebhookSettings { Url = "http://93.184.216.34/?token=planted" };
        var connections = new GuardedConnectionFactory(new AddressGuard(false, []), TimeProvider.System, Dns.GetHostAddressesAsync, async (_, stop) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(stop);
            throw new InvalidOperationException();
        });
        await using var destination = new WebhookDestination(TestDestinations.ConfigOf(settings), connections, TimeSpan.FromMilliseconds(100), TimeProvider.System);

        var result = await destination.DeliverOneAsync();

        AssertRetry("timeout", "no connection to 93.184.216.34 within 0.1 s", result);
    }

    [Fact]
    public async Task DeliverAsync_UntrustedCertificate_SaysTls()
    {
        using var certificate = SelfSigned();
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, certificate);
        await using var destination = TestDestinations.To(receiver.Url + "/?token=planted");

        var result = await destination.DeliverOneAsync();

        AssertRetry("tls", "certificate", result);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task DeliverAsync_HttpsToAPlainReceiver_SaysTls()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.To(receiver.Url.Replace("http:", "https:", StringComparison.Ordinal));

        var result = await destination.DeliverOneAsync();

        AssertRetry("tls", "TLS with 127.0.0.1", result);
    }

    private static void AssertRetry(string errorClass, string part, DeliveryResult result)
    {
        Assert.Equal((DeliveryOutcome.Retry, errorClass, null), (result.Outcome, result.ErrorClass, result.Status));
        Assert.Contains(part, result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", result.Reason, StringComparison.Ordinal);
        Assert.InRange(result.Reason!.Length, 1, 300);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
