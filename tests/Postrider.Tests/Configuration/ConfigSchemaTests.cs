using System.Text.Json.Nodes;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class ConfigSchemaTests
{
    private static JsonObject Schema => JsonNode.Parse(ConfigSchema.Generate([new FakeWebhookType()]))!.AsObject();

    /// <summary>To rewrite the file after a change of the records: POSTRIDER_UPDATE_SCHEMA=1 and run this test.</summary>
    [Fact]
    public void Generate_ShippedTypes_IsTheCommittedFile()
    {
        var schema = ConfigSchema.Generate(BuiltInDestinations.All);
        if (Environment.GetEnvironmentVariable("POSTRIDER_UPDATE_SCHEMA") == "1")
        {
            File.WriteAllText(ConfigSamples.SchemaFile, schema);
        }

        var committed = File.ReadAllText(ConfigSamples.SchemaFile).ReplaceLineEndings("\n");

        Assert.True(schema == committed, "docs/postrider.schema.json is not that of the records; run this test with POSTRIDER_UPDATE_SCHEMA=1 and commit the file");
    }

    // The reader lists the members that it knows when a name is far from all of them.
    [Theory]
    [InlineData("", "")]
    [InlineData("gateway", "gateway: {{ {0}: 1 }}")]
    [InlineData("gateway/certificate", "gateway: {{ certificate: {{ {0}: 1 }} }}")]
    [InlineData("admin", "admin: {{ {0}: 1 }}")]
    [InlineData("log/else", "log: {{ {0}: 1 }}")]
    [InlineData("log/then", "log: {{ type: redis, connection: r, {0}: 1 }}")]
    [InlineData("delivery", "delivery: {{ {0}: 1 }}")]
    [InlineData("telemetry", "telemetry: {{ {0}: 1 }}")]
    [InlineData("telemetry/otlp", "telemetry: {{ otlp: {{ endpoint: 'http://c:4317', {0}: 1 }} }}")]
    [InlineData("telemetry/traces", "telemetry: {{ traces: {{ {0}: 1 }} }}")]
    [InlineData("sources/*", "sources: {{ a: {{ {0}: 1 }} }}")]
    [InlineData("destinations/*", "destinations: {{ a: {{ type: webhook, {0}: 1 }} }}")]
    [InlineData("destinations/*/retry", "destinations: {{ a: {{ type: webhook, retry: {{ {0}: 1 }} }} }}")]
    [InlineData("connections/*", "connections: [{{ {0}: 1 }}]")]
    public void Generate_MembersOfASection_AreThoseOfTheReader(string section, string yaml)
    {
        const string Unknown = "xxxxxxxxxxxxxxxxxxxx";
        var text = yaml.Length == 0 ? Unknown + ": 1" : string.Format(System.Globalization.CultureInfo.InvariantCulture, yaml, Unknown);

        var known = ConfigText.Errors(text).Single(error => error.Contains("unknown member", StringComparison.Ordinal)).Split("known are ")[1].Split(", ");

        Assert.Equal(known, Section(section)["properties"]!.AsObject().Select(property => property.Key));
        Assert.False(Section(section)["additionalProperties"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("log: { retain: 2h }", true)]
    [InlineData("log: { retain: 2 }", false)]
    [InlineData("log: { retain: '${RETAIN}' }", true)]
    [InlineData("log: { maxSize: 5GiB }", true)]
    [InlineData("log: { maxSize: 5000000000 }", true)]
    [InlineData("log: { maxSize: 5G }", false)]
    [InlineData("log: { type: redis }", false)]
    [InlineData("log: { type: redis, connection: 'r:1', tls: { ca: ca.pem } }", true)]
    [InlineData("log: { type: redis, connection: 'r:1', path: ./data }", false)]
    [InlineData("log: { prefix: p }", false)]
    [InlineData("log:", true)]
    [InlineData("lgo: {}", false)]
    [InlineData("telemetry: { otlp: { endpoint: 'http://c:4317', protocol: http, headers: { A: b }, interval: 10s } }", true)]
    [InlineData("telemetry: { otlp: { protocol: http } }", false)]
    [InlineData("telemetry: { traces: { sample: 0.25 } }", true)]
    [InlineData("telemetry: { traces: { sample: 2 } }", false)]
    [InlineData("sources: { 'a b': { default: true } }", false)]
    [InlineData("sources: { a: { default: yes } }", false)]
    [InlineData("sources: { a: { writeKey: 123 } }", true)]
    [InlineData("destinations: { a: { url: x } }", false)]
    [InlineData("destinations: { a: { type: kafka } }", false)]
    [InlineData("destinations: { a: { type: webhook } }", false)]
    [InlineData("destinations: { a: { type: webhook, url: http://x } }", true)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, concurrency: 0 } }", false)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, concurrency: '${N}' } }", true)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, rateLimit: 0/s } }", false)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, retryOn: [404, 99] } }", false)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, headers: { A.b: c } } }", true)]
    [InlineData("destinations: { a: { type: webhook, url: http://x, hedaers: {} } }", false)]
    [InlineData("connections: [{ from: a }]", false)]
    public void Generate_Schema_JudgesAsTheReaderDoes(string yaml, bool isValid)
    {
        var mistakes = new JsonSchemaCheck(Schema).Check(ConfigSamples.ToJson(yaml));

        Assert.Equal(isValid, mistakes.Count == 0);
    }

    [Fact]
    public void Generate_Members_HaveDescriptionsAndDefaults()
    {
        var retry = Section("destinations/*/retry")["properties"]!;

        Assert.Equal("The first delay; each further one doubles.", retry["initial"]!["description"]!.GetValue<string>());
        Assert.Equal("2s", retry["initial"]!["default"]!.GetValue<string>());
        Assert.Equal(64, Section("destinations/*")["properties"]!["concurrency"]!["default"]!.GetValue<int>());
        Assert.Equal("4MiB", Section("gateway")["properties"]!["maxBodySize"]!["default"]!.GetValue<string>());
        Assert.False(Section("sources/*")["properties"]!["default"]!["default"]!.GetValue<bool>());
    }

    private static JsonObject Section(string path)
    {
        var schema = Schema;
        foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = step is "then" or "else" ? schema[step]!.AsObject() : (step == "*" ? schema["items"] ?? schema["additionalProperties"] : schema["properties"]![step])!.AsObject();
            schema = next["$ref"] is null ? next : Schema["$defs"]!["destination-webhook"]!.AsObject();
        }

        return schema;
    }
}
