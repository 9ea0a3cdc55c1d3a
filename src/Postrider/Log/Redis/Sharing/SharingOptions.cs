namespace Postrider.Log.Redis;

/// <summary>How this process shares the log with others.</summary>
internal sealed record SharingOptions
{
    /// <summary>It takes partitions and delivers from them; false: it only appends, and owns nothing.</summary>
    public bool Delivers { get; init; } = true;

    /// <summary>How long a lease lasts; it is renewed each three tenths of that. A member that is silent for as long is taken for dead.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RenewEvery => Lease * 0.3;

    /// <summary>How long someone waits for the owner of a partition to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
