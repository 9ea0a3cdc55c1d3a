using System.Globalization;
using System.Text.Json.Nodes;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>The configurations that the repository shows to its readers, and what is needed to check them.</summary>
internal static class ConfigSamples
{
    public static string Root { get; } = FindRoot();

    public static string SchemaFile => Path.Combine(Root, "docs", "postrider.schema.json");

    /// <summary>The types that ship; the webhook's stand-in where it does not ship yet, because the samples use it.</summary>
    public static IReadOnlyList<IDestinationSettingsValidator> DestinationTypes { get; } =
        BuiltInDestinations.All.Any(type => type.Type == "webhook") ? BuiltInDestinations.All : [.. BuiltInDestinations.All, new FakeWebhookType()];

    /// <summary><c>postrider.yaml</c>, and every block of the documentation that begins with <c># complete</c>.</summary>
    public static IEnumerable<(string Name, string Yaml)> All()
    {
        yield return ("postrider.yaml", File.ReadAllText(Path.Combine(Root, "postrider.yaml")));
        yield return ("deploy/postrider.yaml", Literal(File.ReadAllText(Path.Combine(Root, "deploy", "postrider.yaml"))));
        var pages = Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories));
        foreach (var page in pages.Order(StringComparer.Ordinal))
        {
            var blocks = File.ReadAllText(page).ReplaceLineEndings("\n").Split("```yaml\n").Skip(1).Select(rest => rest.Split("\n```")[0]);
            var complete = blocks.Where(block => block.StartsWith("# complete", StringComparison.Ordinal)).ToList();
            for (var i = 0; i < complete.Count; i++)
            {
                yield return ($"{Path.GetRelativePath(Root, page)}#{i + 1}", complete[i]);
            }
        }
    }

    /// <summary>YAML as an editor's schema sees it.</summary>
    public static JsonNode? ToJson(string yaml) => ToJson(YamlTree.Load(yaml, "sample.yaml"));

    // The tests' environment has a value for every name; here those are addresses, and the file's own defaults are what is to be judged.
    private static string Literal(string yaml) => System.Text.RegularExpressions.Regex.Replace(yaml, @"\$\{\w+:-([^}]*)\}", "$1");

    private static JsonNode? ToJson(ConfigNode node)
    {
        switch (node)
        {
            case ConfigNode.Mapping mapping:
                return new JsonObject(mapping.Members.Select(member => KeyValuePair.Create(member.Name, ToJson(member.Value))));
            case ConfigNode.Sequence list:
                return new JsonArray([.. list.Items.Select(item => ToJson(item.Value))]);
            default:
                var scalar = (ConfigNode.Scalar)node;
                return scalar.IsNothing ? null
                    : scalar.IsPlain && scalar.Text is "true" or "false" ? JsonValue.Create(scalar.Text == "true")
                    : scalar.IsPlain && double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
                    : JsonValue.Create(scalar.Text);
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Postrider.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
