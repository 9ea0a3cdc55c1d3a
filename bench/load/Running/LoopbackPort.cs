using System.Net;
using System.Net.Sockets;

namespace Postrider.Load.Running;

/// <summary>A port of 127.0.0.1 that is free now.</summary>
internal static class LoopbackPort
{
    public static int Free()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
