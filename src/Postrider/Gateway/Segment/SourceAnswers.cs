using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway.Segment;

/// <summary>What the SDKs ask for before they send: that the source exists, and that no destination of theirs is to be loaded into the page.</summary>
internal static class SourceAnswers
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>RudderStack's: <c>GET /sourceConfig</c>.</summary>
    public static ReadOnlySpan<byte> SourceConfig(GatewaySource source, string writeKey) => Render(writer =>
    {
        writer.WriteStartObject("source");
        writer.WriteString("id", source.Name);
        writer.WriteString("name", source.Name);
        writer.WriteString("writeKey", writeKey);
        writer.WriteBoolean("enabled", source.Rules.IsEnabled);
        writer.WriteString("workspaceId", "postrider");
        writer.WriteStartObject("config");
        writer.WriteStartObject("statsCollection");
        WriteEnabled(writer, "errors", isEnabled: false);
        WriteEnabled(writer, "metrics", isEnabled: false);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("connections");
        writer.WriteEndArray();
        writer.WriteStartArray("destinations");
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>Segment's: <c>GET /v1/projects/{key}/settings</c>. Names this server as the one to send to.</summary>
    public static ReadOnlySpan<byte> Settings(HttpContext context, string writeKey) => Render(writer =>
    {
        writer.WriteStartObject("integrations");
        writer.WriteStartObject("Segment.io");
        writer.WriteString("apiKey", writeKey);
        writer.WriteString("apiHost", $"{context.Request.Host.Value}/v1");
        writer.WriteString("protocol", ProtocolOf(context.Request));
        writer.WriteStartArray("unbundledIntegrations");
        writer.WriteEndArray();
        writer.WriteBoolean("addBundledMetadata", true);
        writer.WriteStartObject("maybeBundledConfigIds");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartObject("plan");
        foreach (var type in (string[])["track", "identify", "group"])
        {
            writer.WriteStartObject(type);
            writer.WriteStartObject("__default");
            writer.WriteBoolean("enabled", true);
            writer.WriteStartObject("integrations");
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        foreach (var none in (string[])["edgeFunction", "middlewareSettings", "enabledMiddleware"])
        {
            writer.WriteStartObject(none);
            writer.WriteEndObject();
        }

        writer.WriteBoolean("analyticsNextEnabled", true);
        writer.WriteBoolean("legacyVideoPluginsEnabled", false);
        writer.WriteStartArray("remotePlugins");
        writer.WriteEndArray();

        // How often the SDK reports on itself, to Segment: never.
        writer.WriteStartObject("metrics");
        writer.WriteNumber("sampleRate", 0);
        writer.WriteEndObject();
    });

    // Where a proxy ends TLS it says what the page has to use.
    private static string ProtocolOf(HttpRequest request) =>
        request.IsHttps || string.Equals(request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase) ? "https" : "http";

    private static void WriteEnabled(Utf8JsonWriter writer, string name, bool isEnabled)
    {
        writer.WriteStartObject(name);
        writer.WriteBoolean("enabled", isEnabled);
        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Render(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}
