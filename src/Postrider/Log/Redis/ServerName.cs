using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>What a server is called where several are told apart: its address.</summary>
internal static class ServerName
{
    public static string Of(IServer server) => Of(server.EndPoint);

    public static string Of(EndPoint place) => place is DnsEndPoint named ? string.Create(CultureInfo.InvariantCulture, $"{named.Host}:{named.Port}") : place.ToString() ?? "";
}
