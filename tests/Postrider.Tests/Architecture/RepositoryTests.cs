namespace Postrider.Tests.Architecture;

/// <summary>What a stranger finds at the root.</summary>
public sealed class RepositoryTests
{
    private static readonly string[] CodeFolders = ["src", "tests", "bench", "examples"];

    [Fact]
    public void License_Text_IsApache2()
    {
        var license = File.ReadAllText(Repository.PathOf("LICENSE"));

        Assert.Contains("Apache License", license, StringComparison.Ordinal);
        Assert.Contains("Version 2.0, January 2004", license, StringComparison.Ordinal);
        Assert.Contains("END OF TERMS AND CONDITIONS", license, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dotnet run -c Release --project src/Postrider.Server -- demo")]
    [InlineData("./test.sh")]
    public void Readme_Commands_StandOnLinesOfTheirOwn(string command)
    {
        var lines = File.ReadAllLines(Repository.PathOf("README.md"));

        Assert.Contains(command, lines.Select(line => line.Trim()));
    }

    [Fact]
    public void Readme_Scripts_Exist() => Assert.True(File.Exists(Repository.PathOf("test.sh")));

    [Fact]
    public void Solution_Projects_AreAllThereAreOnDisk()
    {
        var solution = File.ReadAllText(Repository.PathOf("Postrider.slnx"));

        var projects = CodeFolders
            .SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }
}
