using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>A configuration to look at.</summary>
internal static class FakeSettings
{
    private const string Text =
        """
        gateway:
          listen: http://0.0.0.0:3000
        admin:
          listen: http://127.0.0.1:3001
          token: "***"
        log:
          type: embedded
          path: /var/lib/postrider
        sources:
          shop:
            writeKey: "***"
            rateLimit: 1000/s
          app:
            default: true
        destinations:
          crm:
            type: webhook
            url: https://crm.example.com/events
            secret: "***"
            timeout: 10s
            concurrency: 64
        """;

    public static IReadOnlyList<SourceReport> Sources(IReadOnlyList<string> destinations) =>
    [
        Source("app", destinations, [], isDefault: true),
        Source("shop", destinations, ["wk_s…"], rules: ["rate limit 1000/s", "de-duplicates for 24 h by messageId"]),
        Source("stripe", [destinations[2]], [], webhooks: true, rules: ["checks the signatures of stripe"]),
        Source("web", destinations, ["wk_w…", "wk_o…"], rules: ["allowed origins: https://shop.example.com"], enabled: false),
    ];

    public static ConfigReport Config(DateTimeOffset loadedAt) => new()
    {
        File = "/etc/postrider/postrider.yaml",
        Text = Text,
        LoadedAt = loadedAt.AddDays(-3),
        Pending =
        [
            new ConfigDiffLine('@', ""), new ConfigDiffLine(' ', "    url: https://crm.example.com/events"), new ConfigDiffLine(' ', "    secret: \"***\""),
            new ConfigDiffLine('-', "    timeout: 10s"), new ConfigDiffLine('+', "    timeout: 5s"), new ConfigDiffLine(' ', "    concurrency: 64"),
        ],
        PendingErrors = [],
    };

    private static SourceReport Source(
        string name, IReadOnlyList<string> destinations, string[] keys, string[]? rules = null, bool isDefault = false, bool webhooks = false, bool enabled = true) => new()
        {
            Name = name,
            Default = isDefault,
            Enabled = enabled,
            WriteKeys = keys,
            Gateway = new Uri("http://127.0.0.1:3000"),
            TakesWebhooks = webhooks,
            Destinations = destinations,
            Rules = rules ?? [],
        };
}
