using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Clients;

/// <summary>Node, the SDKs that <c>test.sh</c> installs, and a browser, where this machine has them.</summary>
internal static class ClientTools
{
    private static readonly string[] BrowserNames = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>The scripts and pages of the tests, with the SDKs beside them.</summary>
    public static string Folder { get; } = Path.Combine(ServerExecutable.RepositoryRoot, "tests", "clients");

    public static string? Node { get; } = Find("node");

    public static string? Browser { get; } = BrowserNames.Select(Find).FirstOrDefault(path => path is not null);

    /// <summary>Skips the test where a tool is missing, and says which.</summary>
    public static void Require(bool browser)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder, "node_modules")), "The SDKs are not installed: run npm ci in tests/clients (test.sh does, with Node 20 or later).");
        Assert.SkipWhen(!browser && Node is null, "Node is missing.");
        Assert.SkipWhen(browser && Browser is null, "Chromium is missing.");
    }

    private static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
