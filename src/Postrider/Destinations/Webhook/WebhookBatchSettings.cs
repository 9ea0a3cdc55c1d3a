using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Postrider.Configuration;

namespace Postrider.Destinations.Webhook;

/// <summary>Several events in one request.</summary>
public sealed record WebhookBatchSettings
{
    /// <summary>How the events stand in the body. Default: a JSON array.</summary>
    [Description("How the events stand in the body: a JSON array, or one event a line.")]
    public BatchFormat Format { get; init; } = BatchFormat.Json;

    /// <summary>What stands there for each event. Default: its envelope, which carries its id.</summary>
    [Description("What stands there for each event: { id, sequence, event }, or the event alone, as services want it that know nothing of Postrider.")]
    public BatchItems Items { get; init; } = BatchItems.Envelope;

    /// <summary>Most events in a request. Default 100.</summary>
    [Description("Most events in a request.")]
    [Range(1, 10_000)]
    public int MaxEvents { get; init; } = 100;

    /// <summary>How long an event may wait for company. Default 100 ms.</summary>
    [Description("How long an event may wait for company.")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Most bytes of events in a request; a larger one is sent alone. Default 1 MiB.</summary>
    [Description("Most bytes of events in a request, before compression; a larger event is sent alone.")]
    public ByteSize MaxBytes { get; init; } = new(1 << 20);

    /// <summary>Reads a result for each event from a successful answer. Default false: the answer's status is that of all.</summary>
    [Description("Reads a result for each event from a successful answer, as {\"results\":[{\"id\":…,\"status\":…}]}.")]
    public bool Results { get; init; }
}

/// <summary>How the events of a batch stand in the body.</summary>
public enum BatchFormat
{
    /// <summary>A JSON array.</summary>
    Json,

    /// <summary>One event a line.</summary>
    Ndjson,
}

/// <summary>What stands in a batch for each event.</summary>
public enum BatchItems
{
    /// <summary><c>{"id":…,"sequence":…,"event":…}</c>.</summary>
    Envelope,

    /// <summary>The event as it was accepted.</summary>
    Event,
}
