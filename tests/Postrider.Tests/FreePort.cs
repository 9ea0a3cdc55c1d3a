using System.Net;
using System.Net.Sockets;

namespace Postrider.Tests;

/// <summary>A port for what a test starts as a process of its own, or expects nobody at.</summary>
internal static class FreePort
{
    // Below those that the system hands out: no listener on port 0 and no connection of another test takes it between the look and the use,
    // or while a server that is killed is away.
    private const int First = 15_000;
    private const int Count = 17_000;

    /// <summary>The highest that is given.</summary>
    public const int Last = First + Count - 1;

    private static int _next = Random.Shared.Next(Count);

    public static int Find()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            // Another process has it.
            return false;
        }
    }
}
