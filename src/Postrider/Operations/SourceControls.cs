using Postrider.Configuration;

namespace Postrider.Operations;

/// <summary>Shows and tries the sources.</summary>
internal sealed class SourceControls(IConfigStore config, IGatewayDoor gateway, AuditLog audit)
{
    private const int ShownOfKey = 4;

    public IReadOnlyList<SourceReport> List()
    {
        var current = config.Current;
        return [.. current.Sources.Values.OrderBy(source => source.Name, StringComparer.Ordinal).Select(source => Describe(source, current))];
    }

    /// <summary>Null: there is no such source.</summary>
    /// <exception cref="OperationRefusedException">It was not stored; the message says why.</exception>
    public Task<SourceTestReport?> TestAsync(Operator by, string name, CancellationToken cancellationToken) => audit.RecordAsync(
        by,
        "test-source",
        name,
        async () => config.Current.Sources.TryGetValue(name, out var source)
            ? new SourceTestReport(await gateway.SendAsync(source, SourceSample.Make(source), cancellationToken).ConfigureAwait(false))
            : null,
        report => report is null ? null : $"stored {report.EventId}");

    private static IEnumerable<string> AllKeys(SourceConfig source) => source.WriteKey is { } key ? source.WriteKeys.Prepend(key) : source.WriteKeys;

    // Enough to tell keys apart, and never most of one.
    private static string Mask(string key) => key[..Math.Min(ShownOfKey, key.Length / 4)] + "…";

    private static IEnumerable<string> Rules(SourceConfig source)
    {
        if (source.RateLimit is { } limit)
        {
            yield return $"rate limit {limit}";
        }

        if (source.Key != SourceConfig.DefaultKey)
        {
            yield return source.Key == SourceConfig.NoKey ? "no order: events have no key" : $"key {source.Key}";
        }

        if (source.Required.Count > 0)
        {
            yield return $"requires {string.Join(", ", source.Required)}";
        }

        if (source.MaxEventSize is { } size)
        {
            yield return $"events up to {size}";
        }

        if (source.Deduplicate is { } repeats)
        {
            yield return repeats.Window > TimeSpan.Zero ? $"de-duplicates for {Duration.Format(repeats.Window)}" : "does not de-duplicate";
        }

        if (!source.AllowedOrigins.Contains("*"))
        {
            yield return source.AllowedOrigins.Count == 0 ? "no browsers" : $"browsers of {string.Join(", ", source.AllowedOrigins)}";
        }

        if (source.Webhook is { } webhook)
        {
            yield return webhook.Signature is { } signature ? $"webhooks signed as {ValueFormat.Format(signature.Scheme)}"
                : webhook.Auth is WebhookSourceAuth.None ? "webhooks of anyone"
                : "webhooks with a write key";
        }
    }

    private SourceReport Describe(SourceConfig source, PostriderConfig current) => new()
    {
        Name = source.Name,
        Default = source.Default,
        Enabled = source.Enabled,
        WriteKeys = [.. AllKeys(source).Select(Mask)],
        Gateway = gateway.Address,
        TakesWebhooks = source.Webhook is not null,
        Destinations =
        [
            .. (current.Connections is { } connections ? connections.Where(connection => connection.From == source.Name).Select(connection => connection.To) : current.Destinations.Keys)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ],
        Rules = [.. Rules(source)],
    };
}
