using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MongoDB.Driver;

namespace Postrider.Destinations.MongoDb;

/// <summary>From the driver's exceptions and the server's codes to results. No reason holds credentials or parts of an event.</summary>
/// <param name="servers">The addresses, for people.</param>
/// <param name="isOneCollection">A right that is missing is missing for all events.</param>
internal sealed class MongoDbFailure(string servers, bool isOneCollection)
{
    private const string RetryableWrite = "RetryableWriteError";
    private const string Transient = "TransientTransactionError";
    private const string Network = "NetworkError";
    private const string Overload = "SystemOverloadedError";

    /// <summary>The result for an exception of the driver; null: not an expected one.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="heartbeat">What the driver's monitor last met, where it found no server.</param>
    public DeliveryResult? From(Exception exception, Exception? heartbeat = null)
    {
        switch (exception)
        {
            case MongoNotPrimaryException or MongoNodeIsRecoveringException:
                return FromCode(((MongoCommandException)exception).Code);
            case MongoExecutionTimeoutException:
                return Retry("server-timeout", "gave the command up because it took too long");
            case MongoCommandException command:
                return FromCode(command.Code, command.CodeName, IsTransient(command));
            case MongoWaitQueueFullException:
                return Retry("pool", "had no free connection, and too many wait for one");
            case TimeoutException when exception.Message.Contains("selecting a server", StringComparison.Ordinal):
                return heartbeat is not null && Cause(heartbeat) is { } cause ? cause : Retry("unavailable", "had no primary to write to in time");
            case TimeoutException:
                return Retry("pool", "had no free connection in time");
            case MongoConfigurationException:
                return Retry("dns", "has no usable SRV or TXT records");
            case MongoException or IOException or SocketException:
                return Cause(exception) ?? Retry("network", "lost the connection");
            default:
                // The library that the driver asks the name service with; it is the driver's own matter, not ours to reference.
                return exception.GetType().Namespace == "DnsClient" ? Retry("dns", "has no address: the name service did not answer") : null;
        }
    }

    /// <summary>The result for a command that the server refused as a whole.</summary>
    /// <param name="code">The server's code.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTransient">The server or the driver labels it as one that a repeat may cure.</param>
    public DeliveryResult FromCode(int code, string? name = null, bool isTransient = false) => code switch
    {
        13 when !isOneCollection => Retry("rights", $"does not let us write to the collection: {Named(code, name)}; look at the user's rights", code),
        11 or 13 or 18 or 33 or 334 or 391 or 8000 =>
            DeliveryResult.Refused($"{servers} refuses us: {Named(code, name)}; look at the user, its password and its rights", code),
        10107 or 13435 or 10058 or 13436 or 11600 or 11602 or 91 or 189 => Retry("not-primary", $"is not the primary now: {Named(code, name)}", code),
        6 or 7 or 89 or 9001 => Retry("network", $"lost another server: {Named(code, name)}", code),
        50 or 202 or 262 => Retry("server-timeout", $"gave the command up because it took too long: {Named(code, name)}", code),
        14031 => Retry("storage", $"cannot store more: {Named(code, name)}", code),
        _ when isTransient => Retry("unavailable", $"cannot write now: {Named(code, name)}", code),
        _ => Retry("command", $"refused the command: {Named(code, name)}", code),
    };

    /// <summary>The result for one event that the server did not write.</summary>
    /// <param name="reply">Its answer.</param>
    /// <param name="isWholeServer">Whether the failure is the server's and no further event need be tried.</param>
    public DeliveryResult FromWriteError(WriteReply reply, out bool isWholeServer)
    {
        isWholeServer = false;
        var answer = Encoding.UTF8.GetBytes(reply.Message);
        if (reply.IsTransient)
        {
            // Whatever the code: the server says that it is not the document's fault.
            isWholeServer = true;
            return FromCode(reply.Code, isTransient: true);
        }

        switch (reply.Code)
        {
            case WriteReply.DuplicateKey or 11001 or 12582:
                return DeliveryResult.Rejected("duplicate", "another document has the same values in a unique index", reply.Code, answer);
            case 121:
                return DeliveryResult.Rejected("validation", "the collection's validation refuses the document", reply.Code, answer);
            case 10334 or 17419 or 17420:
                return DeliveryResult.Rejected("too-large", "the server finds the document too large", reply.Code, answer);
            case 2 or 9 or 14 or 15 or 16 or 22 or 52 or 53 or 54 or 55 or 56 or 57 or 66 or 171 or 16755 or 16756 or 17280:
                return DeliveryResult.Rejected("document", $"the server refuses the document: {Named(reply.Code, null)}", reply.Code, answer);
            default:
                var result = FromCode(reply.Code);
                isWholeServer = result.ErrorClass != "command";
                return isWholeServer ? result : Retry("write", $"did not write the document: {Named(reply.Code, null)}", reply.Code);
        }
    }

    public DeliveryResult WriteConcern(int code) =>
        Retry("write-concern", $"wrote, but not as safely as asked for: {(code == 64 ? "the members did not confirm in time" : Named(code, null))}", code);

    public DeliveryResult Retry(string errorClass, string what, int? code = null) => DeliveryResult.Retry(errorClass, $"{servers} {what}", code);

    private DeliveryResult? Cause(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case MongoAuthenticationException login:
                    return FromLogin(login);
                case MongoCommandException command:
                    return FromCode(command.Code, command.CodeName, IsTransient(command));
                case AuthenticationException:
                    return Retry("tls", "failed the TLS handshake");
                case SocketException socket:
                    return socket.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                        ? Retry("dns", "has no address: its name does not resolve")
                        : Retry("network", $"cannot be reached: {Describe(socket.SocketErrorCode)}");
            }
        }

        return exception is MongoException labelled && labelled.HasErrorLabel(Overload) ? Retry("overload", "takes no more connections now") : null;
    }

    // A login that a lost connection or a server on its way down cut short says nothing of the password.
    private DeliveryResult FromLogin(MongoAuthenticationException login) =>
        login.InnerException is { } inner && Cause(inner) is { } cause ? cause
        : login.HasErrorLabel(Network) || login.InnerException is IOException or TimeoutException or OperationCanceledException or MongoConnectionException
            ? Retry("network", "lost the connection while it let us in")
            : DeliveryResult.Refused($"{servers} refuses the user or password of the connection string");

    private static bool IsTransient(MongoException exception) =>
        exception.HasErrorLabel(RetryableWrite) || exception.HasErrorLabel(Transient) || exception.HasErrorLabel(Network);

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the connection was cut",
        SocketError.TimedOut => "no answer",
        _ => error.ToString(),
    };

    private static string Named(int code, string? name) => string.IsNullOrEmpty(name) ? $"error {code}" : $"error {code}, {name}";
}
