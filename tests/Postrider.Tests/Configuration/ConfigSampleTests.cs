using System.Text.Json.Nodes;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

public sealed class ConfigSampleTests
{
    public static TheoryData<string> Names => [.. ConfigSamples.All().Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ReadText_SampleOfTheRepository_HasNoMistake(string name)
    {
        var yaml = ConfigSamples.All().Single(sample => sample.Name == name).Yaml;
        var reader = new YamlConfigReader(ConfigSamples.DestinationTypes, Environment);

        var config = reader.ReadText(yaml, name, ConfigSamples.Root);

        Assert.NotEmpty(config.Sources);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Generate_SampleOfTheRepository_FitsTheSchema(string name)
    {
        var yaml = ConfigSamples.All().Single(sample => sample.Name == name).Yaml;
        var schema = JsonNode.Parse(ConfigSchema.Generate(ConfigSamples.DestinationTypes))!.AsObject();

        var mistakes = new JsonSchemaCheck(schema).Check(ConfigSamples.ToJson(yaml));

        Assert.Empty(mistakes);
    }

    [Fact]
    public void ReadFile_SampleAtTheRoot_NeedsNoEnvironment()
    {
        var reader = new YamlConfigReader(ConfigSamples.DestinationTypes, _ => null);

        var config = reader.ReadFile(Path.Combine(ConfigSamples.Root, "postrider.yaml"));

        Assert.Equal(["webhook1", "webhook2"], config.Destinations.Keys);
        Assert.Equal("http://127.0.0.1:3000", config.Gateway.Listen);
        Assert.Equal("http://127.0.0.1:3001", config.Admin.Listen);
        Assert.True(config.Sources["app"].Default);
        Assert.Equal("wk_web", config.Sources["web"].WriteKey);
    }

    [Fact]
    public void All_Documentation_HasCompleteSamples()
    {
        Assert.True(ConfigSamples.All().Count() >= 2, "docs/configuration.md has no block that begins with '# complete'");
    }

    // Samples name their secrets' variables so, and a secret has a form that its destination checks.
    private static string Environment(string name) =>
        name.EndsWith("SECRET", StringComparison.Ordinal) ? "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" : $"value-of-{name}";
}
