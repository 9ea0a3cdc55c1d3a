using CsCheck;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>Whatever somebody's editor leaves behind, the reader answers with mistakes and never breaks.</summary>
public sealed class ConfigMutationTests
{
    private const string Valid = """
        gateway: { listen: "http://0.0.0.0:3000", maxBodySize: 1MiB }
        admin:
          token: "${TOKEN:-}"
        log: &log { type: embedded, path: ./data, retain: 1h, maxSize: 10GiB }
        sources:
          app: { default: true }
          web: { writeKeys: [wk_1, "wk_2"] }
        destinations:
          crm: &crm
            type: webhook
            url: https://crm.example.com/events
            headers: { X-A: b }
            timeout: 10s
            retry: { initial: 2s, max: 10m }
            retryOn: [404]
          two: { <<: *crm, concurrency: 3 }
        connections:
          - { from: app, to: crm }
          - { from: web, to: two }
        """;

    private static readonly string[] Snippets =
    [
        "", " ", "\n", "\t", ":", "-", "- ", "{", "}", "[", "]", "\"", "'", "#", "&a ", "*a", "*crm", "<<: *log", "!!str ", "---\n", "...\n", "? ", "|", ">", "%YAML 1.1\n",
        "${", "${X}", "$${", "${file:/}", "${file:\0}", "~", "null", "true", "0", "-1", "1e999", "99999999999999999999", "\0", "\uFEFF", "\uD800", "é", "\u2028", "@", "`", "\\", "\"\\x\"",
        "type: webhook", "crm: ", ", ", "\r", "\r\n",
    ];

    [Fact]
    public void ReadText_RandomMutations_AreReadOrRefusedWithPlaces()
    {
        var mutation = Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Int[0, 12], Gen.OneOf(Gen.Int[0, Snippets.Length - 1].Select(i => Snippets[i]), Gen.Char.Select(c => c.ToString())));

        mutation.List[1, 6].Sample(mutations =>
        {
            var text = Valid;
            foreach (var (at, removed, inserted) in mutations)
            {
                var start = Math.Min(at, text.Length);
                text = text[..start] + inserted + text[Math.Min(start + removed, text.Length)..];
            }

            AssertReadOrRefused(text);
        }, iter: 3_000);
    }

    [Fact]
    public void ReadText_EveryPrefix_IsReadOrRefusedWithPlaces()
    {
        for (var length = 0; length <= Valid.Length; length++)
        {
            AssertReadOrRefused(Valid[..length]);
        }
    }

    [Fact]
    public void ReadText_TheValidFile_IsRead()
    {
        var config = ConfigText.Read(Valid);

        Assert.Equal(3, config.Destinations["two"].Concurrency);
    }

    private static void AssertReadOrRefused(string text)
    {
        try
        {
            ConfigText.Read(text);
        }
        catch (InvalidConfigException exception)
        {
            Assert.NotEmpty(exception.Errors);
            Assert.All(exception.Errors, error => Assert.True(error is { Line: > 0, Column: > 0, Message.Length: > 0 }, error.ToString()));
        }
    }
}
