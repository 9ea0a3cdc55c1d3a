using System.Net.Sockets;
using System.Security.Authentication;

namespace Postrider.Destinations.Http;

/// <summary>From the exceptions of the HTTP stack to results. No reason holds the URL's path or query.</summary>
internal static class HttpFailure
{
    private const int MaxReasonLength = 300;

    /// <summary>The result for an exception that an attempt throws; null: not an expected one.</summary>
    public static DeliveryResult? From(Exception exception, string authority, TimeSpan connectTimeout)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case OutboundConnectionException known:
                    return Retry(known.ErrorClass, known.Message);
                case OperationCanceledException:
                    // The caller's own cancellation never comes here: what is left is our limit on connecting.
                    return Retry("timeout", $"no connection to {authority} within {connectTimeout.TotalSeconds:0.#} s");
                case AuthenticationException:
                    return Retry("tls", $"TLS with {authority} failed: {e.Message}");
                case SocketException socket:
                    return Retry("connect", $"the connection to {authority} broke: {Describe(socket.SocketErrorCode)}");
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } tunnel:
                    return Retry("proxy", $"the proxy made no connection to {authority}{(tunnel.StatusCode is { } status ? $": it answered {(int)status}" : "")}");
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: null or IOException }:
                    return Retry("tls", $"TLS with {authority} failed: the handshake was cut off");
                case HttpRequestException { InnerException: null } http:
                    return Retry("protocol", $"{authority} {Describe(http.HttpRequestError)}");
                case HttpIOException io:
                    return Retry("protocol", $"{authority} {Describe(io.HttpRequestError)}");
            }
        }

        return exception is HttpRequestException or IOException ? Retry("protocol", $"{authority} did not speak HTTP as expected") : null;
    }

    public static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.ConnectionAborted or SocketError.Shutdown => "connection closed",
        SocketError.HostUnreachable or SocketError.HostDown => "host unreachable",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "network unreachable",
        SocketError.TimedOut => "no answer",
        _ => error.ToString(),
    };

    private static string Describe(HttpRequestError error) => error switch
    {
        HttpRequestError.ResponseEnded => "closed the connection before its answer was complete",
        HttpRequestError.InvalidResponse => "sent an answer that is not HTTP",
        HttpRequestError.ConfigurationLimitExceeded => "sent more than 16 KiB of headers",
        HttpRequestError.HttpProtocolError => "broke the HTTP/2 protocol or refused the request",
        HttpRequestError.VersionNegotiationError => "speaks no version of HTTP that we know",
        _ => "did not speak HTTP as expected",
    };

    // One short line, whatever a certificate or a library writes into its message.
    private static DeliveryResult Retry(string errorClass, string reason)
    {
        var line = reason.ReplaceLineEndings(" ");
        return DeliveryResult.Retry(errorClass, line.Length <= MaxReasonLength ? line : line[..MaxReasonLength]);
    }
}
