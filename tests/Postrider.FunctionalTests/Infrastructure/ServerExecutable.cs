using System.Runtime.InteropServices;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>Finds the command that the build made beside these tests.</summary>
internal static class ServerExecutable
{
    private const string Override = "POSTRIDER_EXECUTABLE";

    /// <summary>The full path of <c>postrider</c>: what <c>POSTRIDER_EXECUTABLE</c> names, else the server's output of the same configuration.</summary>
    public static string Path { get; } = Find();

    /// <summary>The folder that holds the solution file.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Where the runtime of this process lives: the child shall use the same, wherever it is installed.</summary>
    public static string DotnetRoot { get; } =
        System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Override) is { Length: > 0 } named)
        {
            return System.IO.Path.GetFullPath(named);
        }

        // tests/Postrider.FunctionalTests/bin/{configuration}/{framework}/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = System.IO.Path.Combine(FindRoot(), "src", "Postrider.Server", "bin", output.Parent!.Name, output.Name);
        var path = System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "postrider.exe" : "postrider");
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build the server first, or name it in {Override}: {path} is not there.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Postrider.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Postrider.slnx.");
    }
}
