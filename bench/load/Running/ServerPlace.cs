using System.Runtime.InteropServices;

namespace Postrider.Load.Running;

/// <summary>Where the server's executable is, and the runtime settings that it runs under.</summary>
internal sealed record ServerPlace(string Executable, string? RuntimeConfig)
{
    private const string Solution = "Postrider.slnx";

    public static ServerPlace Find(string? given)
    {
        var executable = Path.GetFullPath(given ?? Path.Combine(RepositoryRoot(), "src", "Postrider.Server", "bin", "Release", "net10.0", "postrider"));
        if (!File.Exists(executable))
        {
            throw new LoadException($"There is no server at {executable}. Build it with: dotnet build -c Release, or say where it is with --server.");
        }

        var settings = Directory.GetFiles(Path.GetDirectoryName(executable)!, "*.runtimeconfig.json");
        return new ServerPlace(executable, settings.Length == 1 ? settings[0] : null);
    }

    /// <summary>The command line that runs a verb of this program under the server's own runtime settings.</summary>
    public IReadOnlyList<string> CommandOf(IEnumerable<string> verb)
    {
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var program = Path.Combine(AppContext.BaseDirectory, "Postrider.Load");
        return
        [
            dotnet, "exec",
            "--runtimeconfig", RuntimeConfig ?? program + ".runtimeconfig.json",
            "--depsfile", program + ".deps.json",
            program + ".dll",
            .. verb,
        ];
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new LoadException($"No {Solution} above {AppContext.BaseDirectory}: say where the server is with --server.");
    }
}
