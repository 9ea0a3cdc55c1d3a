using Postrider.Configuration;

namespace Postrider.Tests.Configuration;

/// <summary>Reads texts as the file <c>p.yaml</c> with an environment of the test's own.</summary>
internal static class ConfigText
{
    public static readonly string Folder = Path.GetTempPath();

    public static PostriderConfig Read(string yaml, params (string Name, string Value)[] environment) =>
        Reader(environment).ReadText(yaml, "p.yaml", Folder);

    /// <summary>The mistakes of a text, as they are printed.</summary>
    public static string[] Errors(string yaml, params (string Name, string Value)[] environment)
    {
        var exception = Assert.Throws<InvalidConfigException>(() => Read(yaml, environment));
        return [.. exception.Errors.Select(error => error.ToString())];
    }

    public static YamlConfigReader Reader(params (string Name, string Value)[] environment) =>
        new([new FakeWebhookType()], name => environment.FirstOrDefault(variable => variable.Name == name).Value);
}
