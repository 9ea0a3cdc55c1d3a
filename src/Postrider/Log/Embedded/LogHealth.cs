namespace Postrider.Log.Embedded;

/// <summary>Gathers what is wrong with the log into one condition; the worst wins.</summary>
internal sealed class LogHealth
{
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private string? _failed;
    private string? _corrupt;
    private string? _writerFull;
    private string? _spaceFull;
    private volatile LogCondition _condition = LogCondition.Ready;
    private volatile Refusal? _refusal;

    public LogCondition Condition => _condition;

    /// <summary>Why appends are refused now; null: they are taken.</summary>
    public LogUnavailableException? Refuse() => _refusal is { } refusal ? new LogUnavailableException(refusal.Reason, refusal.RetryAfter) : null;

    public bool IsWriterFull
    {
        get
        {
            lock (_lock)
            {
                return _writerFull is not null;
            }
        }
    }

    /// <summary>Nothing can be written until a restart.</summary>
    public void Fail(string reason) => Change(() => _failed ??= reason);

    /// <summary>A stored record cannot be read back. Appends go on: what they store is sound.</summary>
    public void Damage(string reason) => Change(() => _corrupt ??= reason);

    /// <summary>The disk took no more in mid-write; null: it does again.</summary>
    public void SetWriterFull(string? reason) => Change(() => _writerFull = reason);

    /// <summary>A limit is reached; null: there is room again.</summary>
    public void SetSpaceFull(string? reason) => Change(() => _spaceFull = reason);

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            var full = _spaceFull ?? _writerFull;
            _condition = _failed is not null ? new LogCondition(LogState.Failed, _failed)
                : _corrupt is not null ? new LogCondition(LogState.Corrupt, _corrupt)
                : full is not null ? new LogCondition(LogState.Full, full)
                : LogCondition.Ready;
            _refusal = _failed is not null ? new Refusal(_failed, FailedRetryAfter)
                : full is not null ? new Refusal(full, FullRetryAfter)
                : null;
        }
    }

    private sealed record Refusal(string Reason, TimeSpan RetryAfter);
}
