using System.Runtime.Versioning;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>A log that cannot be kept where the configuration says: one sentence, exit code 1.</summary>
[Collection(RealServers.Name)]
public sealed class UnusableFolderTests
{
    [Fact]
    public async Task Run_WhereTheLogsFolderIsAFile_IsExit1WithOneSentence()
    {
        await using var server = new PostriderServer("log: { path: ./data }\n");
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "data"), "in the way", TestContext.Current.CancellationToken);

        var refused = await server.RefuseAsync();

        AssertSentence(refused, server);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Run_WhereTheLogsFolderCannotBeWritten_IsExit1WithOneSentence()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Whoever is root may write everywhere.");
        await using var server = new PostriderServer("log: { path: ./data }\n");
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "data"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var refused = await server.RefuseAsync();
        folder.UnixFileMode |= UnixFileMode.UserWrite;

        AssertSentence(refused, server);
    }

    private static void AssertSentence(ProcessResult refused, PostriderServer server)
    {
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(Path.Combine(server.Folder, "data"), refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.Trim().Split('\n'));
    }
}
