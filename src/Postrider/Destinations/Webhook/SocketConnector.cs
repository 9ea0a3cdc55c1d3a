using System.Net;
using System.Net.Sockets;

namespace Postrider.Destinations.Webhook;

/// <summary>A connected socket to exactly this address.</summary>
internal delegate ValueTask<Socket> SocketConnector(IPEndPoint endPoint, CancellationToken cancellationToken);
