using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>What is no good YAML, or more of it than a configuration needs.</summary>
public sealed class ConfigYamlTests
{
    public static TheoryData<string, string> BadYaml => new()
    {
        { "gateway:\n\tlisten: x", "p.yaml:2:1: not valid YAML: a tab in the indentation; write spaces" },
        { "gateway: { listen: x", "p.yaml:2:1: not valid YAML: While parsing a flow mapping" },
        { "gateway: \"x", "p.yaml:1:10: not valid YAML" },
        { "gateway: [a, b\nlog: {}", "p.yaml:2:1: not valid YAML: this cannot be read; look for an open bracket or quote before it" },
        { "log: { path: ${A} }", "p.yaml:1:15: not valid YAML: While parsing a flow mapping, did not find expected ',' or '}'. Between { } or [ ] a value with ${…} needs quotes." },
        { "a: b: c", "p.yaml:1:5: not valid YAML" },
        { "gateway:\n  listen: x\n admin: {}", "p.yaml:3:2: not valid YAML" },
        { "log: {}\n---\nlog: {}", "p.yaml:2:1: a second document begins here; a configuration is one document" },
        { "log: *nowhere", "p.yaml:1:6: the alias '*nowhere' names no anchor that stands before it" },
        { "log: &self { path: *self }", "p.yaml:1:20: the alias '*self' names no anchor that stands before it" },
        { "log: !!map {}", "p.yaml:1:6: tags such as '!!str' are not supported; write the value without one" },
        { "? [a]\n: b", "p.yaml:1:3: expected the name of a member" },
        { "sources: { a: { <<: 5 } }", "p.yaml:1:17: '<<' takes an alias of a mapping, or a list of such aliases" },
        { "log: { path: \"\\UFFFFFFFF\" }", "p.yaml:1:" },
    };

    [Theory]
    [MemberData(nameof(BadYaml))]
    public void ReadText_BadYaml_IsOneErrorWithItsPlace(string yaml, string expected)
    {
        var errors = ConfigText.Errors(yaml);

        Assert.StartsWith(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadText_AliasesThatMultiply_AreRefused()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var error = Assert.Single(ConfigText.Errors(yaml.ToString()));

        Assert.Contains("more than 100000 values, counting what aliases repeat", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadText_DeepNesting_IsRefused()
    {
        var error = Assert.Single(ConfigText.Errors("a: " + new string('[', 500_000)));

        Assert.Equal("p.yaml:1:35: nested deeper than 32 levels", error);
    }

    [Fact]
    public void ReadText_MoreThanOneMebibyte_IsRefused()
    {
        var errors = ConfigText.Errors(new string('#', (1 << 20) + 1));

        Assert.Equal(["p.yaml: larger than 1 MiB"], errors);
    }

    [Fact]
    public void Message_OfException_HasALineForEachError()
    {
        var exception = Assert.Throws<InvalidConfigException>(() => ConfigText.Read("a: 1\nb: 2"));

        Assert.Equal(2, exception.Message.Split(Environment.NewLine).Length);
        Assert.Equal(exception.Errors.Count, exception.Message.Split(Environment.NewLine).Length);
    }
}
