using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider;

/// <summary>
/// Examines a configuration and the machine that shall run it: ports, disk, clock, Redis, destinations, secrets. It connects and hangs up,
/// writes and removes one small file where the log is to be, and sends no event.
/// </summary>
public static class PostriderDoctor
{
    private const int AtOnce = 8;

    // Longer than any honest handshake; the person at the keyboard waits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Examines.</summary>
    /// <param name="path">The configuration file.</param>
    /// <param name="extend">Adds types of destinations of the host's own, as for a server that runs.</param>
    /// <param name="begin">Told what is looked at next, and how much of all is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        string path, Action<PostriderBuilder> extend, Action<string, double> begin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(extend);
        ArgumentNullException.ThrowIfNull(begin);
        begin("the configuration", 0);
        var services = new ServiceCollection();
        PostriderConfig config;
        try
        {
            var postrider = services.AddPostrider().LoadFromFile(path);
            extend(postrider);
            config = postrider.Config;
        }
        catch (InvalidConfigException exception)
        {
            return [.. exception.Errors.Select(error => Finding.Error(DoctorAreas.Configuration, path, error.ToString(), "Mend the file; `postrider check` says whether it is valid.")),
                .. DoctorMachine.Examine()];
        }

        var provider = services.BuildServiceProvider();
        await using var _ = provider.ConfigureAwait(false);
        var time = TimeProvider.System;
        List<Finding> findings =
        [
            Finding.Ok(DoctorAreas.Configuration, path, $"valid: {Counted.Of(config.Sources.Count, "source")}, {Counted.Of(config.Destinations.Count, "destination")}"),
            .. DoctorSecrets.Examine(config, path),
        ];
        begin("ports", 0.1);
        findings.AddRange(await DoctorPorts.ExamineAsync(config, time, cancellationToken).ConfigureAwait(false));
        findings.AddRange(DoctorCertificate.Examine(config.Gateway.Certificate, time));
        begin("the machine", 0.2);
        findings.AddRange(DoctorMachine.Examine());
        begin("the log", 0.25);
        findings.AddRange(config.Log.Redis is { } redis
            ? [await ExamineRedisAsync(redis, time, cancellationToken).ConfigureAwait(false)]
            : DoctorDisk.Examine(config.Log, time));
        findings.AddRange(await ExamineCollectorAsync(config.Telemetry.Otlp, time, cancellationToken).ConfigureAwait(false));
        findings.AddRange(await ExamineDestinationsAsync(config, provider.GetServices<IDestinationFactory>(), begin, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private static async Task<Finding> ExamineRedisAsync(RedisLogConfig redis, TimeProvider time, CancellationToken cancellationToken)
    {
        var (isUsable, text) = await RedisLogOpening.CheckAsync(redis, Patience, time, NullLoggerFactory.Instance, cancellationToken).ConfigureAwait(false);
        return isUsable
            ? Finding.Ok(DoctorAreas.Redis, RedisLogOpening.Place(redis), text)
            : Finding.Error(DoctorAreas.Redis, RedisLogOpening.Place(redis), text, "The server starts once Redis answers and keeps what log.durability asks for; see docs/redis.md.");
    }

    // Where it stands is the operator's choice, mostly inside: no guard.
    private static async Task<IEnumerable<Finding>> ExamineCollectorAsync(OtlpConfig? otlp, TimeProvider time, CancellationToken cancellationToken)
    {
        if (otlp is null)
        {
            return [];
        }

        var guard = new AddressGuard(allowPrivateNetwork: true, [NetworkPrefix.Parse("0.0.0.0/0"), NetworkPrefix.Parse("::/0")]);
        var probe = new ConnectionProbe(new GuardedConnectionFactory(guard, time), time, () => null, DoctorAreas.Telemetry);
        return await WithinPatienceAsync(DoctorAreas.Telemetry, "telemetry.otlp", token => probe.ExamineAsync("telemetry.otlp", new Uri(otlp.Endpoint), token), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async Task<IEnumerable<Finding>> ExamineDestinationsAsync(
        PostriderConfig config, IEnumerable<IDestinationFactory> factories, Action<string, double> begin, CancellationToken cancellationToken)
    {
        if (config.Destinations.Count == 0)
        {
            return [Finding.Warning(DoctorAreas.Destination, "-", "no destinations are configured: events are only stored", "Add some under destinations.")];
        }

        var types = factories.ToDictionary(factory => factory.Type, StringComparer.Ordinal);
        var found = new IReadOnlyList<Finding>[config.Destinations.Count];
        var destinations = config.Destinations.Values.OrderBy(destination => destination.Name, StringComparer.Ordinal).Index();
        var done = 0;
        begin("destinations", 0.3);
        await Parallel.ForEachAsync(
            destinations,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (each, token) =>
            {
                found[each.Index] = await ExamineAsync(each.Item, types.GetValueOrDefault(each.Item.Type), token).ConfigureAwait(false);
                begin($"destinations: {each.Item.Name}", 0.3 + (0.7 * Interlocked.Increment(ref done) / found.Length));
            }).ConfigureAwait(false);
        return found.SelectMany(findings => findings);
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(DestinationConfig destination, IDestinationFactory? factory, CancellationToken cancellationToken)
    {
        if (factory is not IDestinationCheckup checkup)
        {
            return [Finding.Ok(DoctorAreas.Destination, destination.Name, $"its type {destination.Type} has nothing that could be examined from here")];
        }

        return await WithinPatienceAsync(DoctorAreas.Destination, destination.Name, token => checkup.ExamineAsync(destination, token), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<Finding>> WithinPatienceAsync(
        string area, string subject, Func<CancellationToken, Task<IReadOnlyList<Finding>>> examine, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            return await examine(either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            // A type of the host's own may throw anything: the others are examined all the same.
            var text = exception is OperationCanceledException ? $"no connection within {Patience.TotalSeconds} s" : $"the examination failed: {exception.GetType().Name}";
            return [Finding.Error(area, subject, text, "Look whether the receiver runs and listens there, and at firewalls between.")];
        }
    }
}
