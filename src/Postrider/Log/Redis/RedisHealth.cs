namespace Postrider.Log.Redis;

/// <summary>Gathers what is wrong with the log into one condition; the worst wins.</summary>
internal sealed class RedisHealth
{
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _failed = new(StringComparer.Ordinal);
    private string? _unreachable;
    private string? _corrupt;
    private string? _full;
    private volatile LogCondition _condition = LogCondition.Ready;

    public LogCondition Condition => _condition;

    /// <summary>Why appends are refused now; null: they are taken. A Redis that cannot be reached is found out by asking it.</summary>
    public LogUnavailableException? Refuse() => _condition switch
    {
        { State: LogState.Failed, Reason: { } reason } => new LogUnavailableException(reason, FailedRetryAfter),
        _ when Volatile.Read(ref _full) is { } full => new LogUnavailableException(full, FullRetryAfter),
        _ => null,
    };

    /// <summary>What stands there must not be written to.</summary>
    /// <param name="subject">What was looked at: a server, a partition.</param>
    /// <param name="reason">For people; null: it is as it should be.</param>
    /// <returns>Whether that is news.</returns>
    public bool SetFailed(string subject, string? reason)
    {
        lock (_lock)
        {
            var known = _failed.GetValueOrDefault(subject);
            if (reason is null)
            {
                _failed.Remove(subject);
            }
            else
            {
                _failed[subject] = reason;
            }

            Decide();
            return known != reason;
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

    /// <summary>Redis does not answer; null: it does again.</summary>
    /// <returns>Whether that is news.</returns>
    public bool SetUnreachable(string? reason)
    {
        lock (_lock)
        {
            var news = _unreachable is null != reason is null;
            _unreachable = reason;
            Decide();
            return news;
        }
    }

    /// <summary>The memory limit is reached; null: there is room again.</summary>
    public void SetFull(string? reason)
    {
        lock (_lock)
        {
            Volatile.Write(ref _full, reason);
            Decide();
        }
    }

    private void Decide() =>
        _condition = _failed.Count > 0 ? new LogCondition(LogState.Failed, string.Join(' ', _failed.Values.Distinct()))
            : _unreachable is not null ? new LogCondition(LogState.Unreachable, _unreachable)
            : _corrupt is not null ? new LogCondition(LogState.Corrupt, _corrupt)
            : _full is not null ? new LogCondition(LogState.Full, _full)
            : LogCondition.Ready;
}
