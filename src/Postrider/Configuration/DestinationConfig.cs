using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>Where events go: what every type of destination has, and the type's own <see cref="Settings"/>.</summary>
public sealed record DestinationConfig
{
    /// <summary>Its name: the member's name in <c>destinations</c>.</summary>
    [Browsable(false)]
    public string Name { get; init; } = "";

    /// <summary>The type's own members, bound to the factory's settings record.</summary>
    [Browsable(false)]
    public object Settings { get; init; } = new();

    /// <summary>The type: <c>webhook</c>, or one that a plug-in adds.</summary>
    [Description("The type of destination.")]
    public required string Type { get; init; }

    /// <summary>Further names by which the <c>integrations</c> of an event may mean it, as <c>Google Analytics 4</c>. Default: only its own.</summary>
    [Description("Further names by which the integrations of an event may mean it, as [Google Analytics 4]. Upper and lower case are alike.")]
    public IReadOnlyList<string> Alias { get; init; } = [];

    /// <summary>The deadline of one attempt: connect, send, headers and body. Default 15 s.</summary>
    [Description("The deadline of one attempt: connect, send, headers and body.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Attempts in flight at once. Default 64.</summary>
    [Description("Attempts in flight at once.")]
    [Range(1, 10_000)]
    public int Concurrency { get; init; } = 64;

    /// <summary>Most attempts in a time, as <c>100/s</c>. Default: no limit.</summary>
    [Description("Most attempts in a time, as 100/s or 5000/m. Left out: no limit.")]
    public RateLimit? RateLimit { get; init; }

    /// <summary>When a failed attempt is tried again.</summary>
    [Description("When a failed attempt is tried again, and for how long.")]
    public RetryConfig Retry { get; init; } = new();

    /// <summary>Statuses that are retried although they would be rejected.</summary>
    [Description("Statuses that are retried although they would be rejected, as [404, 409].")]
    [Range(100, 599)]
    public IReadOnlyList<int> RetryOn { get; init; } = [];

    /// <summary>Statuses that are rejected although they would be retried.</summary>
    [Description("Statuses that are rejected although they would be retried, as [501].")]
    [Range(100, 599)]
    public IReadOnlyList<int> RejectOn { get; init; } = [];

    /// <summary>What a 410 Gone means. Default: the event is rejected.</summary>
    [Description("What the answer 410 Gone means: the event is rejected, or the destination is disabled until it is resumed.")]
    public On410 On410 { get; init; } = On410.Reject;

    /// <summary>What becomes of a key whose event was given up or rejected. Default: it goes on.</summary>
    [Description("What becomes of a key whose event was given up or rejected: it goes on with the next, or waits until someone retries or deletes the dead letter.")]
    public OnGiveUp OnGiveUp { get; init; } = OnGiveUp.Skip;

    /// <summary>Where a new destination begins. Default: the tail.</summary>
    [Description("Where a new destination begins: at the tail, or with the oldest event that the log still holds.")]
    public StartFrom StartFrom { get; init; } = StartFrom.Tail;

    /// <summary>How much unread backlog it may have. Default: no limit.</summary>
    [Description("How much unread backlog it may have, and what happens beyond it.")]
    public BacklogConfig Backlog { get; init; } = new();

    // A record prints its members; the settings, which hold secrets, are not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Name = {Name}, Type = {Type}, Timeout = {Timeout}, Concurrency = {Concurrency}");
        return true;
    }
}

/// <summary>What a 410 Gone means.</summary>
public enum On410
{
    /// <summary>The event becomes a dead letter.</summary>
    Reject,

    /// <summary>The destination is disabled, its backlog kept, until it is resumed.</summary>
    Disable,
}

/// <summary>What becomes of a key whose event was given up or rejected.</summary>
public enum OnGiveUp
{
    /// <summary>It goes on once the dead letter is saved.</summary>
    Skip,

    /// <summary>It waits until someone retries or deletes the dead letter.</summary>
    Block,
}

/// <summary>Where a new destination begins.</summary>
public enum StartFrom
{
    /// <summary>With the next event.</summary>
    Tail,

    /// <summary>With the oldest event that the log still holds.</summary>
    Oldest,
}
