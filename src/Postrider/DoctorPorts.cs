using System.Net;
using System.Net.Sockets;
using Postrider.Configuration;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;

namespace Postrider;

/// <summary>Examines whether the listeners' ports are free, or are held by a Postrider already.</summary>
internal static class DoctorPorts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IEnumerable<Finding>> ExamineAsync(PostriderConfig config, TimeProvider time, CancellationToken cancellationToken) =>
    [
        await ExamineAsync("gateway.listen", config.Gateway.Listen, "openapi.json", "Postrider", time, cancellationToken).ConfigureAwait(false),
        await ExamineAsync("admin.listen", config.Admin.Listen, "health/live", "\"live\"", time, cancellationToken).ConfigureAwait(false),
    ];

    private static async Task<Finding> ExamineAsync(
        string member, string listen, string path, string mark, TimeProvider time, CancellationToken cancellationToken)
    {
        // The reader accepted the address.
        if (!ListenAddress.TryParse(listen, out var address) || address.Port == 0)
        {
            return Finding.Ok(DoctorAreas.Port, member, "takes any free port");
        }

        try
        {
            using var listener = new TcpListener(address.Address ?? IPAddress.Loopback, address.Port);
            listener.Start();
            return Finding.Ok(DoctorAreas.Port, member, $"{listen} is free");
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return await IsOursAsync(address, path, mark, time, cancellationToken).ConfigureAwait(false)
                ? Finding.Ok(DoctorAreas.Port, member, $"a Postrider listens on {listen}")
                : Finding.Error(DoctorAreas.Port, member, $"something else listens on {listen}", $"Stop it (ss -ltnp 'sport = :{address.Port}' names it), or choose another port.");
        }
        catch (SocketException exception)
        {
            return Finding.Error(
                DoctorAreas.Port, member, $"{listen} cannot be listened on: {HttpFailure.Describe(exception.SocketErrorCode)}",
                exception.SocketErrorCode is SocketError.AccessDenied ? "Choose a port above 1023, or allow this one to the user that runs the server." : "Name an address of this machine.");
        }
    }

    private static async Task<bool> IsOursAsync(ListenAddress address, string path, string mark, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = address.Address is not { } ip || ip.Equals(IPAddress.Any) ? IPAddress.Loopback : ip.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : ip;
        var url = new UriBuilder(address.IsHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, host.ToString(), address.Port, path).Uri;
        var guard = new AddressGuard(allowPrivateNetwork: true, [NetworkPrefix.Parse($"{host}/{(host.AddressFamily is AddressFamily.InterNetwork ? 32 : 128)}")]);

        var handler = new GuardedConnectionFactory(guard, time).CreateHandler(1, Patience);
#pragma warning disable CA5359 // Our own certificate is for the name that clients use, not for this address; nothing secret is said here.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        using var invoker = new HttpMessageInvoker(handler);
        using var enough = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            return (await response.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false)).Contains(mark, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
