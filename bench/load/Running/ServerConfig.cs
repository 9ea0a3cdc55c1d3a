using Postrider.Load.Generating;

namespace Postrider.Load.Running;

/// <summary>Parts of the configurations that the scenarios run the server with.</summary>
internal static class ServerConfig
{
    public const string EmbeddedLog = "{ type: embedded, path: ./data }";

    /// <summary>Signed webhooks that every event goes to.</summary>
    /// <param name="urls">Where they are.</param>
    /// <param name="more">Further members of each, one a line.</param>
    public static string Webhooks(IReadOnlyList<Uri> urls, params string[] more)
    {
        var lines = new List<string>();
        if (urls.Count > 0)
        {
            lines.Add("destinations:");
        }

        for (var i = 0; i < urls.Count; i++)
        {
            lines.AddRange(Webhook($"webhook{i + 1}", urls[i]));
            lines.AddRange(more.Select(line => "    " + line));
        }

        return string.Join('\n', lines);
    }

    /// <summary>As many sources as destinations, each connected to its own: the sink's path ends with the destination's number.</summary>
    public static string Routes(Uri sink, int count)
    {
        var numbers = Enumerable.Range(0, count).ToArray();
        return string.Join(
            '\n',
            [
                "sources:",
                .. numbers.Select(i => $"  s{i}: {{ writeKey: {RoutedTemplate.WriteKey(i)} }}"),
                "destinations:",
                .. numbers.SelectMany(i => Webhook($"d{i}", new Uri(sink, $"/routes/{i}"))),
                "connections:",
                .. numbers.Select(i => $"  - {{ from: s{i}, to: d{i} }}"),
            ]);
    }

    // Retries come within seconds, so that a run need not wait for a probe of minutes once a webhook is up again.
    private static IEnumerable<string> Webhook(string name, Uri url) =>
    [
        $"  {name}:",
        "    type: webhook",
        $"    url: {url}",
        "    secret: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "    allowPrivateNetwork: true",
        "    timeout: 2s",
        "    retry: { initial: 1s, max: 5s }",
    ];
}
