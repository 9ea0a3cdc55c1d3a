using System.Net;

namespace Postrider.Destinations.Http;

/// <summary>The addresses of a name, in the order in which they are to be tried.</summary>
internal delegate Task<IPAddress[]> HostResolver(string host, CancellationToken cancellationToken);
