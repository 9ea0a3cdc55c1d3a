using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>
/// Says why a server cannot be connected. The client library knows only that it could not, so the way is walked again step by step:
/// name, port, TLS, password.
/// </summary>
internal static class ConnectFailure
{
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(3);

    /// <summary>Why, and whether another try may end otherwise.</summary>
    public static async Task<(string Reason, bool MayPass)> ExplainAsync(
        RedisConnectionSettings settings, RedisConnectionException exception, CancellationToken cancellationToken)
    {
        // The library reports LOADING of a password check as a refusal of the password.
        if (exception.FailureType is ConnectionFailureType.AuthenticationFailure && !Says(exception, "LOADING"))
        {
            // So it does with certificates that the handshake refuses.
            return (settings.Tls ? await FindAsync(settings, cancellationToken).ConfigureAwait(false) : null) ?? (ExplainRefusal(settings, exception), MayPass: false);
        }

        if (Says(exception, "LOADING"))
        {
            return ("it loads its data", MayPass: true);
        }

        return await FindAsync(settings, cancellationToken).ConfigureAwait(false) ?? (
            settings.Sentinel is null
                ? $"it takes connections but does not answer as Redis does ({exception.FailureType}: {exception.Message})"
                : "the Sentinels answer, and the master that they name does not",
            MayPass: true);
    }

    private static async Task<(string Reason, bool MayPass)?> FindAsync(RedisConnectionSettings settings, CancellationToken cancellationToken)
    {
        // One that answers is enough.
        (string, bool)? first = null;
        foreach (var (host, port) in settings.Hosts)
        {
            if (await ExplainAsync(settings, host, port, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            first ??= found;
        }

        return first;
    }

    private static string ExplainRefusal(RedisConnectionSettings settings, RedisConnectionException exception)
    {
        if (settings.Sentinel is not null)
        {
            return "a Sentinel or the master refuses the password; set log.sentinelUser and log.sentinelPassword for Sentinels, log.user and log.password for Redis";
        }

        var user = settings.User ?? "default";
        return settings.Password is null && Says(exception, "NOAUTH")
            ? "it asks for a password; set log.password"
            : $"the password of user '{user}' is wrong, or there is no such user; set log.user and log.password";
    }

    private static async Task<(string, bool)?> ExplainAsync(RedisConnectionSettings settings, string host, int port, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(StepTime);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, enough.Token).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                ? ($"the name '{host}' does not resolve", true)
                : ($"{host}:{port} cannot be reached ({exception.SocketErrorCode})", true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ($"{host}:{port} does not take the connection", true);
        }

        return settings.Tls ? await ExplainTlsAsync(settings, host, socket, enough.Token).ConfigureAwait(false) : null;
    }

    private static async Task<(string, bool)?> ExplainTlsAsync(RedisConnectionSettings settings, string host, Socket socket, CancellationToken enough)
    {
        try
        {
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
            await tls.AuthenticateAsClientAsync(RedisTls.Create(settings, host), enough).ConfigureAwait(false);
            return null;
        }
        catch (AuthenticationException exception)
        {
            return ($"TLS fails: {(exception.InnerException ?? exception).Message} See log.tls", false);
        }
        catch (OperationCanceledException)
        {
            return ("it does not answer the TLS handshake; perhaps this port is without TLS", true);
        }
        catch (IOException exception) when (exception.InnerException is SocketException or null)
        {
            return ($"the TLS handshake was cut off ({exception.Message}); perhaps this port is without TLS, or asks for a client certificate", false);
        }
        catch (Exception exception) when (RedisTls.IsUnusable(exception))
        {
            return ($"a file of log.tls cannot be used: {exception.Message}", false);
        }
    }

    private static bool Says(Exception? exception, string word)
    {
        for (var each = exception; each is not null; each = each.InnerException)
        {
            if (each.Message.Contains(word, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
