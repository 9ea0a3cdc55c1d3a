using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>Before the log is opened: waits for Redis, for a bounded time, and says what stands in the way.</summary>
internal sealed partial class RedisStart(RedisConnectionSettings settings, RedisCheck check, TimeProvider time, ILogger<RedisStart> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Returns when every server that answers has passed the check.</summary>
    /// <exception cref="LogUnusableException">It did not come in time, or must not be used; the message is one sentence with the cure.</exception>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        var reason = "it does not answer";
        try
        {
            var told = "";
            while (await TryAsync(both.Token).ConfigureAwait(false) is { } problem)
            {
                reason = problem;
                if (told != problem)
                {
                    Log.Waits(logger, settings.PlaceText, problem, timeout.TotalSeconds);
                    told = problem;
                }

                await Task.Delay(Pause, time, both.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException exception) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var seconds = timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            throw new LogUnusableException($"Redis at {settings.PlaceText} could not be used within {seconds} s (log.startTimeout): {reason}.", exception);
        }
    }

    /// <summary>Null: it may be used. Else what may pass.</summary>
    private async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        var options = RedisConnections.Create(settings);
        options.AbortOnConnectFail = true;

        // Nothing is stored here: what is sent before the connection stands may wait for it.
        options.BacklogPolicy = BacklogPolicy.Default;
        try
        {
            var link = await RedisLink.ConnectAsync(options, RedisConnections.CreateForSentinels(settings)).WaitAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = link.ConfigureAwait(false);
            var connection = link.Servers;
            foreach (var server in connection.GetServers().Where(server => server.IsConnected))
            {
                if (await check.CheckAsync(server, cancellationToken).ConfigureAwait(false) is { } refusal)
                {
                    throw new LogUnusableException($"Redis at {settings.PlaceText} is not used: {refusal}.");
                }
            }

            return connection.GetServers().Any(server => server is { IsConnected: true, IsReplica: false }) ? null : "only replicas answer";
        }
        catch (RedisConnectionException exception)
        {
            var (reason, mayPass) = await ConnectFailure.ExplainAsync(settings, exception, cancellationToken).ConfigureAwait(false);
            return mayPass ? reason : throw new LogUnusableException($"Redis at {settings.PlaceText} is not used: {reason}.", exception);
        }
        catch (SentinelException exception)
        {
            return exception.MayPass ? exception.Message : throw new LogUnusableException($"Redis at {settings.PlaceText} is not used: {exception.Message}.", exception);
        }
        catch (RedisTimeoutException)
        {
            return "it takes connections but does not answer";
        }
        catch (RedisServerException exception) when (exception.Message.Contains("LOADING", StringComparison.Ordinal))
        {
            return "it loads its data";
        }
        catch (RedisServerException exception)
        {
            throw new LogUnusableException($"Redis at {settings.PlaceText} is not used: it answers '{exception.Message}'.", exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisAwaited, LogLevel.Warning, "Waiting for Redis at {Servers}: {Reason}. Giving up {Seconds} s after the start.")]
        public static partial void Waits(ILogger logger, string servers, string reason, double seconds);
    }
}
