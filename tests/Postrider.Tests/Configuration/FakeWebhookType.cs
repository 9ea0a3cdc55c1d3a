using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>A destination type with the members of the webhook, so that the reader is tested without it.</summary>
internal sealed class FakeWebhookType : IDestinationSettingsValidator
{
    public string Type => "webhook";

    public Type SettingsType => typeof(Settings);

    public void Validate(object settings, ISettingsErrors errors)
    {
        var webhook = (Settings)settings;
        if (!webhook.Url.StartsWith("http", StringComparison.Ordinal))
        {
            errors.Add("url", "must be http or https");
        }

        for (var i = 0; i < webhook.Secrets.Count; i++)
        {
            if (!webhook.Secrets[i].StartsWith("whsec_", StringComparison.Ordinal))
            {
                errors.Add($"secrets[{i}]", "must begin with whsec_");
            }
        }

        foreach (var name in webhook.Headers.Keys.Where(name => name.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)))
        {
            errors.Add($"headers.{name}", "is set by Postrider");
        }
    }

    internal sealed record Settings
    {
        [Description("Where events are posted to.")]
        public required string Url { get; init; }

        public string? Secret { get; init; }

        public IReadOnlyList<string> Secrets { get; init; } = [];

        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

        public bool AllowPrivateNetwork { get; init; }

        public IReadOnlyList<string> AllowNetworks { get; init; } = [];
    }
}
