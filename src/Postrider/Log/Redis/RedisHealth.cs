using System.Globalization;

namespace Postrider.Log.Redis;

/// <summary>
/// Gathers what is wrong with the log into one condition; the worst wins. Where servers share the partitions, what is wrong with one of them
/// concerns its partitions alone.
/// </summary>
internal sealed class RedisHealth(int partitions = 1)
{
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _failedServers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _fullServers = new(StringComparer.Ordinal);
    private readonly string?[] _failed = new string?[partitions];
    private readonly string?[] _unreachable = new string?[partitions];

    // Which server a partition is on. Null: there is one master, whatever its name, and all that is wrong concerns every partition.
    private readonly string?[] _places = new string?[partitions];
    private string? _apart;
    private string? _corrupt;
    private volatile LogCondition _condition = LogCondition.Ready;
    private volatile Refusal?[] _refusals = new Refusal?[partitions];

    public LogCondition Condition => _condition;

    /// <summary>Something stands there that must not be written to.</summary>
    public bool HasFailed
    {
        get
        {
            lock (_lock)
            {
                return _failedServers.Count > 0 || Array.Exists(_failed, static reason => reason is not null);
            }
        }
    }

    /// <summary>Why a partition's appends are refused now; null: they are taken. A Redis that cannot be reached is found out by asking it.</summary>
    public LogUnavailableException? Refuse(int partition) => _refusals[partition] is { } refusal ? new LogUnavailableException(refusal.Reason, refusal.RetryAfter) : null;

    /// <summary>What stands on a server must not be written to.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="reason">For people; null: it is as it should be.</param>
    /// <returns>Whether that is news.</returns>
    public bool SetServerFailed(string server, string? reason) => Set(_failedServers, server, reason);

    /// <summary>What stands in a partition must not be written to; null: it is as it should be.</summary>
    public void SetFailed(int partition, string? reason)
    {
        lock (_lock)
        {
            if (_failed[partition] != reason)
            {
                _failed[partition] = reason;
                Decide();
            }
        }
    }

    /// <summary>Forgets what was wrong with servers that are no masters any more.</summary>
    public void KeepServers(IReadOnlyCollection<string> masters)
    {
        lock (_lock)
        {
            foreach (var known in (SortedDictionary<string, string>[])[_failedServers, _fullServers])
            {
                foreach (var server in known.Keys.Where(server => !masters.Contains(server)).ToList())
                {
                    known.Remove(server);
                }
            }

            Decide();
        }
    }

    /// <summary>A partition is on that server of several.</summary>
    public void Place(int partition, string? server)
    {
        lock (_lock)
        {
            if (_places[partition] != server)
            {
                _places[partition] = server;
                Decide();
            }
        }
    }

    /// <summary>A stored entry cannot be read back. Appends go on: what they store is sound.</summary>
    public void Damage(string reason)
    {
        lock (_lock)
        {
            _corrupt ??= reason;
            Decide();
        }
    }

    /// <summary>The processes cannot hear of each other; null: they can again.</summary>
    public void SetApart(string? reason)
    {
        lock (_lock)
        {
            if (_apart != reason)
            {
                _apart = reason;
                Decide();
            }
        }
    }

    /// <summary>Redis does not answer; null: it does again. The first reason stays until then.</summary>
    /// <returns>Whether that is news.</returns>
    public bool SetUnreachable(string? reason) => SetUnreachable(_ => reason);

    /// <summary>The same for each partition.</summary>
    public bool SetUnreachable(Func<int, string?> reasonOf)
    {
        lock (_lock)
        {
            var isNews = false;
            for (var i = 0; i < partitions; i++)
            {
                var reason = reasonOf(i);
                isNews |= _unreachable[i] is null != reason is null;
                _unreachable[i] = reason is null ? null : _unreachable[i] ?? reason;
            }

            Decide();
            return isNews;
        }
    }

    /// <summary>A server has no room for more; null: it has.</summary>
    public void SetFull(string server, string? reason) => Set(_fullServers, server, reason);

    private bool Set(SortedDictionary<string, string> known, string server, string? reason)
    {
        lock (_lock)
        {
            var before = known.GetValueOrDefault(server);
            if (reason is null)
            {
                known.Remove(server);
            }
            else
            {
                known[server] = reason;
            }

            Decide();
            return before != reason;
        }
    }

    private void Decide()
    {
        var failed = Enumerable.Range(0, partitions).Select(number => Of(number, _failedServers, _failed)).ToArray();
        var full = Enumerable.Range(0, partitions).Select(number => Of(number, _fullServers, null)).ToArray();
        _refusals = [.. failed.Zip(full, static (failure, fullness) =>
            failure is not null ? new Refusal(failure, FailedRetryAfter) : fullness is not null ? new Refusal(fullness, FullRetryAfter) : null)];
        string?[] stuck = [.. failed.Zip(_unreachable, static (failure, unreachable) => failure ?? unreachable)];
        string?[] any = [.. stuck.Zip(full, static (reason, fullness) => reason ?? fullness)];
        _condition = All(failed) ? new LogCondition(LogState.Failed, Join(failed))
            : All(stuck) ? new LogCondition(LogState.Unreachable, Join(stuck))
            : _corrupt is not null ? new LogCondition(LogState.Corrupt, _corrupt)
            : All(any) ? new LogCondition(LogState.Full, Join(any))
            : Array.Exists(any, static reason => reason is not null) ? new LogCondition(LogState.Partial, DescribePart(any) + DescribeApart(" "))
            : _apart is not null ? new LogCondition(LogState.Partial, DescribeApart(""))
            : LogCondition.Ready;
    }

    private string? Of(int number, SortedDictionary<string, string> servers, string?[]? own) =>
        _places[number] is { } place
            ? servers.GetValueOrDefault(place) ?? own?[number]
            : servers.Count > 0 || (own is not null && Array.Exists(own, static reason => reason is not null)) ? Join([.. own ?? [], .. servers.Values]) : null;

    private static bool All(string?[] reasons) => Array.TrueForAll(reasons, static reason => reason is not null);

    private static string Join(string?[] reasons) => string.Join(' ', reasons.OfType<string>().Distinct());

    private string DescribePart(string?[] reasons)
    {
        var numbers = Enumerable.Range(0, partitions).Where(number => reasons[number] is not null).ToList();
        return string.Create(CultureInfo.InvariantCulture,
            $"{(numbers.Count == 1 ? "Partition" : "Partitions")} {string.Join(", ", numbers)} of {partitions} {(numbers.Count == 1 ? "takes" : "take")} no events now; the others go on. {Join(reasons)}");
    }

    private string DescribeApart(string before) =>
        _apart is null ? "" : $"{before}The processes cannot hear of each other: owners of partitions stay owners, and decisions do not spread. {_apart}";

    private sealed record Refusal(string Reason, TimeSpan RetryAfter);
}
