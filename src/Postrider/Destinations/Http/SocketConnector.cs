using System.Net;
using System.Net.Sockets;

namespace Postrider.Destinations.Http;

/// <summary>A connected socket to exactly this address.</summary>
internal delegate ValueTask<Socket> SocketConnector(IPEndPoint endPoint, CancellationToken cancellationToken);
