using System.Text.Json.Serialization;

namespace Postrider.Gateway.Webhooks;

/// <summary>Writes texts as JSON without reflection.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class WebhookJson : JsonSerializerContext;
