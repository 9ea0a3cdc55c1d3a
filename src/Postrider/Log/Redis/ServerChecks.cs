using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Redis;

/// <summary>Has every master asked whether it does as the log needs, and says what is wrong.</summary>
internal static partial class ServerChecks
{
    /// <summary>Asks all, also where one of them cannot be asked.</summary>
    /// <param name="connection">Whose masters.</param>
    /// <param name="options">What is asked of each.</param>
    /// <param name="health">Told of each.</param>
    /// <param name="patience">How long one of several may take.</param>
    /// <param name="logger">Told of refusals.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">One has not answered in time. Others: what the client throws.</exception>
    public static async Task RunAsync(
        RedisConnection connection, RedisLogOptions options, RedisHealth health, TimeSpan patience, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.OnConnected is not { } check)
        {
            return;
        }

        var masters = connection.Masters.ToList();
        health.KeepServers([.. masters.Select(ServerName.Of)]);
        Exception? failure = null;
        foreach (var server in masters)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            enough.CancelAfter(patience);
            try
            {
                var refusal = await check(server, enough.Token).ConfigureAwait(false);
                if (health.SetServerFailed(ServerName.Of(server), refusal) && refusal is not null)
                {
                    Log.Refused(logger, refusal);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                failure = new TimeoutException($"Redis at {ServerName.Of(server)} was not checked in time.");
            }
            catch (Exception e) when (masters.Count > 1 && RedisErrors.IsStorage(e))
            {
                failure = e;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisLogRefused, LogLevel.Critical, "Events are refused, because Redis is not set up as the log needs it. {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
