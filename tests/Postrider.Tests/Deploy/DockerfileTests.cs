using System.Text.RegularExpressions;
using Postrider.Tests.Configuration;

namespace Postrider.Tests.Deploy;

/// <summary>What a linter would say of the Dockerfile, and what only the repository knows.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string[] Lines = [.. Read("Dockerfile").Where(line => line.Length > 0 && line[0] != '#')];

    [Fact]
    public void From_EveryBase_IsPinnedToAVersion() =>
        Assert.All(Of("FROM"), image => Assert.Matches(@"^[\w./-]+:\d+\.\d+( AS \w+)?$", image));

    [Fact]
    public void From_Sdk_IsOfTheMajorVersionThatTheRepositoryBuildsWith() =>
        Assert.Contains($"sdk:{Version().Match(string.Join('\n', Read("global.json"))).Groups[1].Value}", Of("FROM").First(), StringComparison.Ordinal);

    [Fact]
    public void Copy_EverySource_ExistsAndIsNotIgnored()
    {
        var allowed = Read(".dockerignore").Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var sources = Of("COPY").Where(copy => !copy.StartsWith("--from", StringComparison.Ordinal)).SelectMany(copy => copy.Split(' ')[..^1]).ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Path.Combine(ConfigSamples.Root, source)), source));
        Assert.All(sources, source => Assert.Contains(allowed, each => source.TrimEnd('/') == each || source.StartsWith(each + "/", StringComparison.Ordinal)));
    }

    [Fact]
    public void User_IsANumberAndNotRoot() => Assert.True(int.Parse(Of("USER").Single(), System.Globalization.CultureInfo.InvariantCulture) > 0);

    [Fact]
    public void Healthcheck_NeedsNoToolOfTheImage() => Assert.Contains("CMD [\"/app/postrider\", \"status\", \"--ready\"]", Of("HEALTHCHECK").Single(), StringComparison.Ordinal);

    [Fact]
    public void Entrypoint_IsTheCommandThatPublishMakes()
    {
        Assert.Equal("[\"/app/postrider\"]", Of("ENTRYPOINT").Single());
        Assert.Contains("$(PublishDir)postrider$(_NativeExecutableExtension)", string.Join('\n', Read("src/Postrider.Server/Postrider.Server.csproj")), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Of(string instruction) =>
        Lines.Where(line => line.StartsWith(instruction + " ", StringComparison.Ordinal)).Select(line => line[(instruction.Length + 1)..]);

    private static string[] Read(string path) => File.ReadAllLines(Path.Combine(ConfigSamples.Root, path));

    [GeneratedRegex("\"version\": \"(\\d+\\.\\d+)\\.")]
    private static partial Regex Version();
}
