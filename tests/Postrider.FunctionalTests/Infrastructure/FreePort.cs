using System.Net;
using System.Net.Sockets;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>Ports of this machine.</summary>
internal static class FreePort
{
    /// <summary>One that nobody listened on a moment ago, for tests that need a port that refuses.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
