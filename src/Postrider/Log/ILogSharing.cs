namespace Postrider.Log;

/// <summary>What the processes that share a log tell each other, through the log's own storage. None is the first among them.</summary>
internal interface ILogSharing
{
    /// <summary>This process, for as long as it has the log open.</summary>
    string Member { get; }

    /// <summary>This process takes partitions and delivers from them.</summary>
    bool Delivers { get; }

    /// <summary>All that were heard of lately, this one included.</summary>
    IReadOnlyList<LogMember> Members { get; }

    /// <summary>What is decided of destinations, by name; one that is missing is as its partitions' state says.</summary>
    IReadOnlyDictionary<string, SharedControl> Controls { get; }

    /// <summary>What the others shall know of this process.</summary>
    void Describe(MemberDescription description);

    /// <summary>Tells and asks now, instead of within the next second.</summary>
    Task RefreshAsync(CancellationToken cancellationToken);

    /// <summary>Called whenever <see cref="Controls"/> may have changed; set once.</summary>
    void OnControls(Action changed);

    /// <summary>Decides of a destination, for all processes.</summary>
    Task ControlAsync(string destination, DestinationControl control, CancellationToken cancellationToken);

    /// <summary>A receiver asked to be left alone until then; all processes do.</summary>
    Task HoldAsync(string destination, DateTimeOffset until, string? reason, CancellationToken cancellationToken);

    /// <summary>What this process says of its destinations; it is told with the next beat, unless it is what was told last.</summary>
    void Publish(byte[] status);

    /// <summary>What every process said last, by member.</summary>
    Task<IReadOnlyDictionary<string, byte[]>> ReadStatusesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Asks the partition's owner to do something. The request is kept until an owner has answered it or nobody waits for it any more; an owner that
    /// dies in the middle leaves it to its successor, so it must be harmless to do twice.
    /// </summary>
    /// <exception cref="LogUnavailableException">No owner answered in time; the request was withdrawn.</exception>
    Task<byte[]> AskOwnerAsync(int partition, byte[] request, CancellationToken cancellationToken);

    /// <summary>Answers requests for partitions that this process owns; a null answer leaves the request to the next owner. Set once.</summary>
    void AnswerWith(Func<int, byte[], Task<byte[]?>> answer);

    /// <summary>Takes no more partitions: the process stops. The others share them among themselves from now on.</summary>
    Task LeaveAsync();
}
