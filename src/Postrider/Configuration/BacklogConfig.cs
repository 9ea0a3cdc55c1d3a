using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>How much unread backlog a destination may have, and what happens beyond it.</summary>
public sealed record BacklogConfig
{
    /// <summary>How old its oldest unread event may be. Default: no limit.</summary>
    [Description("How old the oldest unread event may be. Left out: no limit.")]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How large its unread part of the log may be. Default: no limit.</summary>
    [Description("How large the unread part of the log may be, by its share of the log's bytes. Left out: no limit.")]
    public ByteSize? MaxSize { get; init; }

    /// <summary>What happens beyond a limit. Default: all is kept.</summary>
    [Description("What happens beyond a limit: hold keeps all and warns; skip gives up the oldest part, which is recorded and can be replayed while the log holds it.")]
    public OnBacklogFull OnFull { get; init; } = OnBacklogFull.Hold;
}

/// <summary>What happens to a backlog beyond its limit.</summary>
public enum OnBacklogFull
{
    /// <summary>All is kept; the status warns.</summary>
    Hold,

    /// <summary>The oldest part is given up and recorded.</summary>
    Skip,
}
