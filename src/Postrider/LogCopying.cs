using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider;

/// <summary>Copies a log into another one while no server has either open.</summary>
public static class LogCopying
{
    // Nothing that is settled may go before both sides were compared.
    private static readonly TimeSpan KeepAll = TimeSpan.FromDays(3650);

    /// <summary>
    /// Copies events with their ids, and each destination's progress, control, parked lanes, dead letters and given up ranges; then reads both
    /// logs again and compares counts and checksums.
    /// </summary>
    /// <param name="from">The log to copy: an embedded log's folder, or <c>redis://user:password@host:6379/0?prefix=postrider</c>. It is not changed.</param>
    /// <param name="to">The new log: a folder, which is made where it is not there, or a URL of Redis, with <c>partitions=16</c> where not so many are wanted; it must hold no log.</param>
    /// <param name="output">Gets what both sides hold, and what went wrong.</param>
    /// <param name="cancellationToken">Stops the copy; what was copied until then stays.</param>
    /// <returns>True when both sides hold the same.</returns>
    public static async Task<bool> RunAsync(string from, string to, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        ArgumentNullException.ThrowIfNull(output);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new PostriderMetrics(services.GetRequiredService<IMeterFactory>());
        try
        {
            await using var source = await OpenAsync(from, isThere: true, metrics, cancellationToken).ConfigureAwait(false);
            await using var target = await OpenAsync(to, isThere: false, metrics, cancellationToken).ConfigureAwait(false);
            var result = await LogCopy.RunAsync(source, target, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync($"from {Shown(from)}: {result.From}to {Shown(to)}: {result.To}").ConfigureAwait(false);
            await output.WriteLineAsync(result.IsWhole ? "Both hold the same." : "They differ: keep the old log, and do not deliver from the new one.").ConfigureAwait(false);
            return result.IsWhole;
        }
        catch (Exception e) when (e is LogUnusableException or LogCorruptException or LogUnavailableException)
        {
            await output.WriteLineAsync(e.Message).ConfigureAwait(false);
            return false;
        }
    }

    // Without a password.
    private static string Shown(string place) => RedisCopyPlace.Parse(place)?.ToString() ?? place;

    // A place that must hold a log, or one that must not.
    private static async Task<IEventLog> OpenAsync(string place, bool isThere, PostriderMetrics metrics, CancellationToken cancellationToken)
    {
        if (RedisCopyPlace.Parse(place) is { } redis)
        {
            return await redis.OpenAsync(isThere, KeepAll, metrics, cancellationToken).ConfigureAwait(false);
        }

        return isThere && !Directory.Exists(Path.Combine(place, "events"))
            ? throw new LogUnusableException($"There is no log in {place}.")
            : await EmbeddedLog.OpenAsync(
                new EmbeddedLogOptions { Path = place, Retain = KeepAll }, TimeProvider.System, metrics, NullLoggerFactory.Instance, cancellationToken).ConfigureAwait(false);
    }
}
