using Postrider.Operations;

namespace Postrider.WebConsole.Sources;

/// <summary>A few lines that send an event to a source, ready to be copied.</summary>
/// <param name="Name">For whom.</param>
/// <param name="Text">The lines.</param>
public sealed record Snippet(string Name, string Text)
{
    /// <summary>What stands where the key belongs.</summary>
    public const string KeyPlace = "YOUR_WRITE_KEY";

    /// <summary>The snippets of a source.</summary>
    public static IReadOnlyList<Snippet> Of(SourceReport source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var gateway = source.Gateway.GetLeftPart(UriPartial.Authority);
        if (source.TakesWebhooks)
        {
            return [new Snippet("curl", $"curl -i {gateway}/webhook/{source.Name} \\\n  -H 'content-type: application/json' \\\n  -d '{{\"id\": 1, \"hello\": \"world\"}}'")];
        }

        var needsKey = source.WriteKeys.Count > 0;
        return
        [
            new Snippet("curl", $"curl -i {gateway}/publish \\\n" + (needsKey ? $"  -u {KeyPlace}: \\\n" : "")
                + "  -H 'content-type: application/json' \\\n  -d '{\"userId\": \"u1\", \"payload\": {\"order\": 42}}'"),
            new Snippet("Node",
                $$"""
                const answer = await fetch("{{gateway}}/publish", {
                  method: "POST",
                  headers: {
                    "content-type": "application/json",{{(needsKey ? $"\n    authorization: \"Basic \" + Buffer.from(\"{KeyPlace}:\").toString(\"base64\")," : "")}}
                  },
                  body: JSON.stringify({ userId: "u1", payload: { order: 42 } }),
                });
                console.log(answer.status, answer.headers.get("postrider-event-id"));
                """),
            new Snippet("Browser",
                $$"""
                import { AnalyticsBrowser } from "@segment/analytics-next";

                // The write key names the source; allow your page's origin in its allowedOrigins.
                const analytics = AnalyticsBrowser.load({ writeKey: "{{(needsKey ? KeyPlace : "any")}}", cdnURL: "{{gateway}}" });
                analytics.track("Order Completed", { order: 42 });
                """),
            new Snippet("C#",
                $$"""
                using var http = new HttpClient { BaseAddress = new Uri("{{gateway}}") };{{(needsKey ? $"\nhttp.DefaultRequestHeaders.Authorization = new(\"Basic\",\n    Convert.ToBase64String(Encoding.UTF8.GetBytes(\"{KeyPlace}:\")));" : "")}}
                var answer = await http.PostAsJsonAsync("/publish", new { userId = "u1", payload = new { order = 42 } });
                answer.EnsureSuccessStatusCode(); // 200: the event is stored.
                """),
        ];
    }
}
