using System.Collections.Frozen;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>What a source demands of its requests. Made once for each configuration; only the rate limiter in it lives.</summary>
internal sealed class SourceRules
{
    /// <summary>How long the endpoints of Segment and RudderStack recognise repeats where the source does not say.</summary>
    public static readonly TimeSpan UsualRepeatWindow = TimeSpan.FromHours(24);

    private readonly FrozenSet<string> _origins;
    private readonly bool _anyOrigin;
    private readonly TokenBucket? _bucket;

    public SourceRules(SourceConfig config)
    {
        IsEnabled = config.Enabled;
        IsUsualKey = config.Key == SourceConfig.DefaultKey;
        KeyMembers = config.Key == SourceConfig.NoKey ? [] : FieldPath.ParseList(config.Key);
        Required = [.. config.Required.Select(field => new FieldPath(field))];
        MaxEventBytes = config.MaxEventSize?.Bytes;
        ClockSkewLimit = config.MaxClockSkew;
        RepeatWindow = config.Deduplicate is { } repeats && repeats.Window > TimeSpan.Zero ? repeats.Window : null;
        SegmentRepeatWindow = config.Deduplicate is null ? UsualRepeatWindow : RepeatWindow;
        _origins = config.AllowedOrigins.ToFrozenSet(StringComparer.Ordinal);
        _anyOrigin = _origins.Contains("*");
        _bucket = config.RateLimit is { } limit ? new TokenBucket(limit) : null;
    }

    /// <summary>False: its requests are refused.</summary>
    public bool IsEnabled { get; }

    /// <summary>Whether the key is where it is by default: <c>userId</c>, else <c>anonymousId</c>.</summary>
    public bool IsUsualKey { get; }

    /// <summary>The fields of the ordering key, of which the first that is there counts; empty: its events have no order.</summary>
    public IReadOnlyList<FieldPath> KeyMembers { get; }

    /// <summary>Fields without which an event is refused.</summary>
    public IReadOnlyList<FieldPath> Required { get; }

    /// <summary>Largest event; null: as large as a request may be.</summary>
    public long? MaxEventBytes { get; }

    /// <summary>Clocks that are wrong by more than this are corrected for.</summary>
    public TimeSpan ClockSkewLimit { get; }

    /// <summary>How long repeats are recognised; null: they are not looked for.</summary>
    public TimeSpan? RepeatWindow { get; }

    /// <summary>The same for the endpoints of Segment and RudderStack, which recognise repeats where the source does not say.</summary>
    public TimeSpan? SegmentRepeatWindow { get; }

    /// <summary>Whether every origin is allowed.</summary>
    public bool AllowsAnyOrigin => _anyOrigin;

    /// <summary>Whether pages of an origin, as a browser's <c>Origin</c> header has it, may send to this source.</summary>
    public bool IsOriginAllowed(string origin) => _anyOrigin || _origins.Contains(origin);

    /// <summary>The answer to a request that this source does not take, or not from there; null: it does.</summary>
    /// <param name="origin">The page's that sends it; null: none.</param>
    public GatewayError? Admit(string? origin) =>
        !IsEnabled ? SourceErrors.Disabled
        : origin is not null && !IsOriginAllowed(origin) ? SourceErrors.OriginRefused
        : null;

    /// <summary>Takes so many events of the rate limit, or says how long it is until there is room.</summary>
    public bool TryTakeTokens(int events, TimeProvider time, out TimeSpan retryAfter)
    {
        retryAfter = default;
        return _bucket is null || _bucket.TryTake(events, time, out retryAfter);
    }

    /// <summary>The same; the answer where there is no room.</summary>
    public GatewayError? TakeTokens(int events, TimeProvider time) => TryTakeTokens(events, time, out var retryAfter) ? null : SourceErrors.TooMany(retryAfter);

    /// <summary>The answer to an event that is too large or lacks a field; null: it is good.</summary>
    public GatewayError? Check(ReadOnlySpan<byte> json) => CheckSize(json.Length) ?? FindMissing(json);

    /// <summary>The answer to an event that is too large; null: it is not.</summary>
    public GatewayError? CheckSize(long bytes) => bytes > MaxEventBytes ? SourceErrors.EventTooLarge(MaxEventBytes.Value) : null;

    /// <summary>The answer to an event that lacks a field; null: it has them all.</summary>
    public GatewayError? FindMissing(ReadOnlySpan<byte> json)
    {
        foreach (var field in Required)
        {
            if (!field.IsPresent(json))
            {
                return SourceErrors.FieldMissing(field.Text);
            }
        }

        return null;
    }

    /// <summary>The ordering key of a document; empty: it has none.</summary>
    public ReadOnlyMemory<byte> ReadKey(ReadOnlySpan<byte> json, out GatewayError? error)
    {
        error = null;
        foreach (var field in KeyMembers)
        {
            if (field.TryReadText(json, out var key, out var problem))
            {
                error = key.Length > PublishReader.MaxKeyBytes ? SourceErrors.KeyTooLong(field.Text) : null;
                return key;
            }

            if (problem)
            {
                error = SourceErrors.KeyNotText(field.Text);
                return default;
            }
        }

        return default;
    }
}
