using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>Where events come from.</summary>
public sealed record SourceConfig
{
    /// <summary>Its name: the member's name in <c>sources</c>.</summary>
    [Browsable(false)]
    public string Name { get; init; } = "";

    /// <summary>Takes requests that carry no key. At most one source may.</summary>
    [Description("Takes requests that carry no write key. At most one source may.")]
    public bool Default { get; init; }

    /// <summary>The key that clients send as the Basic user name.</summary>
    [Secret]
    [Description("The key that clients send as the user name of Basic authentication.")]
    public string? WriteKey { get; init; }

    /// <summary>Several keys, for rotation.</summary>
    [Secret]
    [Description("Several write keys at once, for rotation.")]
    public IReadOnlyList<string> WriteKeys { get; init; } = [];

    /// <summary>False: its requests are answered 404, and nothing of them is stored. Default true.</summary>
    [Description("Whether it takes events. A disabled source answers 404, which the SDKs of Segment and RudderStack take as: stop sending.")]
    public bool Enabled { get; init; } = true;

    /// <summary>Most events in a time, as <c>1000/s</c>; beyond it 429. Default: no limit.</summary>
    [Description("Most events in a time, as 1000/s; beyond it requests are answered 429 with Retry-After. Left out: no limit.")]
    public RateLimit? RateLimit { get; init; }

    /// <summary>Origins whose pages may send to it from a browser; <c>*</c> is any. Default: any.</summary>
    [Description("Origins whose pages may send to it from a browser, as https://www.example.com; \"*\" is any.")]
    public IReadOnlyList<string> AllowedOrigins { get; init; } = ["*"];

    /// <summary>Where the ordering key stands: fields in order, the first that is there counts; or <c>none</c>. Default <c>userId, anonymousId</c>.</summary>
    [Description("The ordering key: fields in order, as \"anonymousId, userId\" or \"account.id\", of which the first that is there counts; or none.")]
    public string Key { get; init; } = DefaultKey;

    /// <summary>Fields without which an event is refused. Default: none.</summary>
    [Description("Fields without which an event is refused, as [event, properties.total].")]
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Largest event. Default: as large as a request may be.</summary>
    [Description("Largest event, as 32KiB. Left out: as large as a request may be.")]
    public ByteSize? MaxEventSize { get; init; }

    /// <summary>Whether an event that comes again is recognised. Default: 24 h for the Segment and RudderStack endpoints, not at all for the others.</summary>
    [Description("For how long an event that comes again is recognised by its id. Left out: 24h for the Segment and RudderStack endpoints, not at all for the others.")]
    public DeduplicateConfig? Deduplicate { get; init; }

    /// <summary>Clocks of clients that are wrong by more than this are corrected for by <c>sentAt</c>. Default 5 min.</summary>
    [Description("Timestamps of clients whose clock is off by more than this are corrected by sentAt.")]
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Makes it take webhooks of others at <c>/webhook/{source}</c>. Default: it does not.</summary>
    [Description("Makes it take webhooks of others, at /webhook/ and its name.")]
    public WebhookSourceConfig? Webhook { get; init; }

    /// <summary>The fields that are the key where the file does not say.</summary>
    internal const string DefaultKey = "userId, anonymousId";

    /// <summary>The word for: its events have no order.</summary>
    internal const string NoKey = "none";

    // A record prints its members; keys are not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Name = {Name}, Default = {Default}, WriteKeys = {WriteKeys.Count + (WriteKey is null ? 0 : 1)}");
        return true;
    }
}
