using System.Text.RegularExpressions;

namespace Postrider.Tests.Architecture;

/// <summary>The console sees what any program could that runs beside the library: the operations, and nothing behind them.</summary>
public sealed partial class ConsoleDependencyTests
{
    private const int MostLines = 300;

    [Fact]
    public void Console_EveryFile_NamesOperationsAndItselfOnly()
    {
        var files = Files().ToArray();

        var violations = files.SelectMany(file => Named(file.Text).Select(name => $"{file.Path}: {name}"));

        Assert.NotEmpty(files);
        Assert.Empty(violations);
    }

    [Fact]
    public void Console_EveryComponent_IsOneIdea() =>
        Assert.All(Files(), file => Assert.True(file.Text.AsSpan().TrimEnd('\n').Count('\n') < MostLines, file.Path));

    [Fact]
    public void Console_EveryPage_FetchesNothingFromElsewhere()
    {
        var folder = Repository.PathOf("src", "Postrider.Console");
        var texts = Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
            .Where(file => !IsOutput(folder, file) && (Path.GetExtension(file) is ".razor" or ".css" or ".js" or ".svg"));

        // The namespace of SVG is a name, not an address.
        var addresses = texts.SelectMany(file => Address().Matches(File.ReadAllText(file).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal)).Select(match => $"{file}: {match.Value}"));

        Assert.Empty(addresses);
    }

    [Theory]
    [InlineData("using Postrider.Delivery;")]
    [InlineData("@using Postrider.Log")]
    [InlineData("class A { Postrider.Configuration.ConfigStore? _it; }")]
    public void Named_AnythingElseOfOurs_IsSeen(string text) => Assert.Single(Named(text));

    [Theory]
    [InlineData("using Postrider.Operations;")]
    [InlineData("@using Postrider.WebConsole.Live")]
    [InlineData("<Postrider.WebConsole.Replays.ReplayPanel />")]
    public void Named_WhatIsAllowed_PassesSilently(string text) => Assert.Empty(Named(text));

    private static IEnumerable<string> Named(string text) =>
        Ours().Matches(text).Select(match => match.Groups["room"].Value).Where(room => room is not ("Operations" or "WebConsole" or "Console"));

    private static IEnumerable<(string Path, string Text)> Files()
    {
        var folder = Repository.PathOf("src", "Postrider.Console");
        return Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
            .Where(file => !IsOutput(folder, file) && (Path.GetExtension(file) is ".cs" or ".razor"))
            .Select(file => (Path.GetRelativePath(folder, file), File.ReadAllText(file)));
    }

    private static bool IsOutput(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/').Split('/')[0] is "bin" or "obj";

    [GeneratedRegex(@"(?<![\w/])Postrider\.(?<room>[A-Z]\w+)")]
    private static partial Regex Ours();

    [GeneratedRegex(@"(?:src|href|url|@import|fetch)\s*[=(]?\s*[""'(]https?://[^""')]+")]
    private static partial Regex Address();
}
