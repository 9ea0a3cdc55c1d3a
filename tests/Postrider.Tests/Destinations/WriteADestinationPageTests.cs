using System.Reflection;
using System.Text.RegularExpressions;
using Postrider.Testing;
using Postrider.Tests.Architecture;

namespace Postrider.Tests.Destinations;

/// <summary>The guide shows the example as it is, and names every rule of the conformance suite.</summary>
public sealed partial class WriteADestinationPageTests
{
    private static readonly string Example = Repository.PathOf("examples", "file-destination");
    private static readonly string[] ShownLanguages = ["csharp", "xml", "yaml"];
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "write-a-destination.md"));

    [Fact]
    public void Snippets_Code_OccursInTheExample()
    {
        var files = Directory.EnumerateFiles(Example, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".yaml")
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Select(file => File.ReadAllText(file).TrimEnd())
            .ToArray();

        var snippets = Snippets().Where(snippet => ShownLanguages.Contains(snippet.Language)).ToArray();
        var strange = snippets.Where(snippet => !files.Any(file => Holds(file, snippet.Text)));

        Assert.True(snippets.Length > 8, "The page shows hardly any code.");
        Assert.Empty(strange);
    }

    [Fact]
    public void Snippets_Commands_NamePathsThatExist()
    {
        var paths = Snippets().Where(snippet => snippet.Language == "sh")
            .SelectMany(snippet => ExamplePath().Matches(snippet.Text))
            .Select(match => match.Value)
            .ToArray();

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Repository.PathOf(path)), $"{path} is not there."));
    }

    [Fact]
    public void Rules_OfTheSuite_AreAllInTheTable()
    {
        var rules = typeof(BatchDestinationConformanceTests).GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => method.Name);

        var rows = Row().Matches(Page).Select(match => match.Groups["name"].Value);

        Assert.Equal(rules.Order(), rows.Order());
    }

    [Fact]
    public void ExampleProjects_AreInTheSolution()
    {
        var solution = File.ReadAllText(Repository.PathOf("Postrider.slnx"));

        var projects = Directory.EnumerateFiles(Repository.PathOf("examples"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one\ntwo\nthree", "two\nthree", true)]
    [InlineData("one\ntwo\nthree", "one\nthree", false)]
    [InlineData("one\ntwo\nthree", "two\nthre", false)]
    [InlineData("one\ntwo\nthree", "ne\ntwo", false)]
    public void Holds_WholeLinesInARow_Only(string file, string snippet, bool expected) => Assert.Equal(expected, Holds(file, snippet));

    private static bool Holds(string file, string snippet) => $"\n{file}\n".Contains($"\n{snippet}\n", StringComparison.Ordinal);

    private static IEnumerable<(string Language, string Text)> Snippets() =>
        Fence().Matches(Page).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value));

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>[\s\S]*?)\n```$", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"examples/[\w./-]+")]
    private static partial Regex ExamplePath();

    // Rows of the table of tests: two or more parts with an underscore between.
    [GeneratedRegex(@"^\| `(?<name>[A-Za-z]+(_[A-Za-z]+)+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
