using System.Text.RegularExpressions;

namespace Postrider.Tests.Architecture;

/// <summary>Who may import whom inside the library: the table of the style guide, and the packages that belong to one folder.</summary>
internal sealed partial class FolderRules
{
    private static readonly string[] Everywhere = ["Events", "Configuration", "Diagnostics"];

    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        ["Events"] = [],
        ["Configuration"] = [],
        ["Diagnostics"] = [],
        ["Log"] = ["Events", "Diagnostics"],
        ["Routing"] = Everywhere,
        ["Destinations"] = Everywhere,
        ["Gateway"] = ["Log", .. Everywhere],
        ["Journal"] = ["Log", "Events", "Diagnostics"],
        ["Delivery"] = ["Journal", "Destinations", "Routing", "Log", .. Everywhere],
        ["Operations"] = ["Journal", "Delivery", "Routing", "Log", .. Everywhere],
    };

    // A package's namespace and the only places that may name it; "" is the library's root.
    private static readonly (string Namespace, string[] Places)[] Packages =
    [
        ("StackExchange.Redis", ["Log/Redis"]),
        ("Microsoft.Data.Sqlite", ["Log/Embedded"]),
        ("SQLitePCL", ["Log/Embedded"]),
        ("MongoDB", ["Destinations/MongoDb"]),
        ("Microsoft.AspNetCore", ["Gateway", "Gateway/CloudEvents", "Gateway/Segment", "Gateway/Webhooks", "Operations", "Operations/Access", ""]),
    ];

    // Folders of implementations that their sisters share: what all HTTP destinations connect with.
    private static readonly string[] Shared = ["Destinations/Http"];

    // Rooms that put their own leaves together: the gateway's front doors, the admin listener's.
    private static readonly string[] Composed = ["Gateway", "Operations"];

    // Types by their place, as "Log/Embedded": a file is one type of the same name.
    private readonly Dictionary<string, HashSet<string>> _types;

    public FolderRules(IEnumerable<string> libraryFiles) =>
        _types = libraryFiles
            .GroupBy(PlaceOf)
            .ToDictionary(group => group.Key, group => group.Select(path => Path.GetFileNameWithoutExtension(path)).ToHashSet());

    /// <summary>What a file says that it may not say. The path is relative to the library, with forward slashes.</summary>
    public IEnumerable<string> Violations(string path, string text)
    {
        var place = PlaceOf(path);
        var code = NamespaceLine().Replace(SourceText.CodeOf(text), "");
        if (GlobalUsing().IsMatch(code))
        {
            yield return $"{path}: a global using hides who imports whom.";
        }

        foreach (var (package, places) in Packages)
        {
            if (!places.Contains(place) && Regex.IsMatch(code, $@"(?<![\w.]){Regex.Escape(package)}\b"))
            {
                yield return $"{path}: {package} belongs to {string.Join(", ", places.Select(Readable))}.";
            }
        }

        if (place.Length == 0)
        {
            yield break;
        }

        var folder = place.Split('/')[0];
        if (!MayImport.TryGetValue(folder, out var mayImport))
        {
            yield return $"{path}: {folder} is no room of the house; give it a row in the table first.";
            yield break;
        }

        foreach (var imported in ImportedPlaces(code).Distinct().Where(each => each != place))
        {
            var (importedFolder, isLeaf) = (imported.Split('/')[0], imported.Contains('/', StringComparison.Ordinal));
            if (isLeaf && importedFolder == place && Composed.Contains(place))
            {
                continue;
            }

            if (Shared.Contains(imported) && importedFolder == folder && place.Contains('/', StringComparison.Ordinal))
            {
                continue;
            }

            if (isLeaf || (importedFolder != folder && !mayImport.Contains(importedFolder)))
            {
                yield return $"{path}: {Readable(place)} may not import {Readable(imported)}.";
            }
        }
    }

    private static string PlaceOf(string path)
    {
        var parts = path.Split('/');
        return string.Join('/', parts.Take(Math.Min(2, parts.Length - 1)));
    }

    private static string Readable(string place) => place.Length == 0 ? "the library's root" : place;

    // Three ways to name a type of ours: Postrider.Log.X, Log.X (from inside the namespace), and, of the root, plain X.
    private IEnumerable<string> ImportedPlaces(string code)
    {
        foreach (Match mention in FullName().Matches(code))
        {
            var first = mention.Groups["first"].Value;
            var second = $"{first}/{mention.Groups["second"].Value}";
            if (_types.ContainsKey(second))
            {
                yield return second;
            }
            else if (MayImport.ContainsKey(first) || _types.ContainsKey(first))
            {
                yield return first;
            }
            else
            {
                yield return "";
            }
        }

        foreach (var (place, types) in _types)
        {
            var prefix = place.Length == 0 ? "" : Regex.Escape(place.Replace('/', '.')) + @"\.";
            var anyType = $@"(?<![\w.]){prefix}(?:{string.Join('|', types.Select(Regex.Escape))})\b";
            if (Regex.IsMatch(code, anyType))
            {
                yield return place;
            }
        }
    }

    [GeneratedRegex(@"^\s*namespace\s+[\w.]+\s*;", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^\s*global\s+using\b", RegexOptions.Multiline)]
    private static partial Regex GlobalUsing();

    [GeneratedRegex(@"(?<![\w.])Postrider(?:\.(?<first>\w+))?(?:\.(?<second>\w+))?\b(?=[\w.;<>,()\s])")]
    private static partial Regex FullName();
}
