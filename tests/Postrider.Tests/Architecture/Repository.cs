namespace Postrider.Tests.Architecture;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every C# file under a folder, with its path from there in forward slashes; build output left out.</summary>
    public static IEnumerable<(string Path, string Text)> SourceFiles(params string[] folder)
    {
        var root = PathOf(folder);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path: System.IO.Path.GetRelativePath(root, file).Replace('\\', '/'), File: file))
            .Where(file => !file.Path.Split('/').Any(part => part is "obj" or "bin"))
            .Select(file => (file.Path, File.ReadAllText(file.File)));
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Postrider.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Postrider.slnx above {AppContext.BaseDirectory}.");
    }
}
