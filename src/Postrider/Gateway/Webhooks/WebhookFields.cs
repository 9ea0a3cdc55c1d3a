using System.Text;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Gateway.Webhooks;

/// <summary>Reads what a webhook says of itself, where its source's configuration or its sender's custom has it.</summary>
internal static class WebhookFields
{
    private const int MaxTypeBytes = 1024;
    private const int MaxHeaderBytes = 1024;

    /// <summary>The event's type; null: it has none.</summary>
    public static string? TypeOf(WebhookSourceConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> json)
    {
        var (header, field) = config is { TypeHeader: null, TypeField: null } ? UsualType(config.Signature?.Scheme) : (config.TypeHeader, config.TypeField);
        var type = TextOf(headers, header) ?? TextOf(json, field);
        return type is null || Encoding.UTF8.GetByteCount(type) > MaxTypeBytes ? null : type;
    }

    /// <summary>The delivery's id; null: it has none.</summary>
    public static string? DeliveryIdOf(WebhookSourceConfig config, IHeaderDictionary headers, ReadOnlySpan<byte> json)
    {
        var (header, field) = config is { DeliveryIdHeader: null, DeliveryIdField: null }
            ? UsualDeliveryId(config.Signature?.Scheme)
            : (config.DeliveryIdHeader, config.DeliveryIdField);
        return TextOf(headers, header) ?? TextOf(json, field);
    }

    /// <summary>The headers that the source keeps, those that are there, each cut to 1 KiB.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>>? KeptOf(WebhookSourceConfig config, IHeaderDictionary headers)
    {
        List<KeyValuePair<string, string>>? kept = null;
        foreach (var name in config.KeepHeaders)
        {
            if (headers[name] is { Count: > 0 } values)
            {
                (kept ??= []).Add(new(name, Cut(values.ToString())));
            }
        }

        return kept;
    }

    private static (string? Header, string? Field) UsualType(SignatureScheme? scheme) => scheme switch
    {
        SignatureScheme.Github => ("X-GitHub-Event", null),
        SignatureScheme.Shopify => ("X-Shopify-Topic", null),
        SignatureScheme.Stripe or SignatureScheme.StandardWebhooks => (null, "type"),
        SignatureScheme.Slack => (null, "event.type"),
        _ => (null, null),
    };

    private static (string? Header, string? Field) UsualDeliveryId(SignatureScheme? scheme) => scheme switch
    {
        SignatureScheme.Github => ("X-GitHub-Delivery", null),
        SignatureScheme.Shopify => ("X-Shopify-Webhook-Id", null),
        SignatureScheme.StandardWebhooks => ("webhook-id", null),
        SignatureScheme.Stripe => (null, "id"),
        SignatureScheme.Slack => (null, "event_id"),
        _ => ("webhook-id", null),
    };

    private static string? TextOf(IHeaderDictionary headers, string? name) => name is not null && headers[name] is [{ Length: > 0 } text] ? text : null;

    private static string? TextOf(ReadOnlySpan<byte> json, string? field) =>
        field is not null && new FieldPath(field).TryReadText(json, out var text, out _) ? Encoding.UTF8.GetString(text) : null;

    private static string Cut(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= MaxHeaderBytes)
        {
            return text;
        }

        var length = MaxHeaderBytes;
        while ((bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
