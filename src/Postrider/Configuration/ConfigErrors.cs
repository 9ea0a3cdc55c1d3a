namespace Postrider.Configuration;

/// <summary>Collects mistakes by the path of their member, and finds the member's place in the file.</summary>
internal sealed class ConfigErrors(string file, ConfigNode.Mapping root)
{
    // A set, because a value that several aliases share is read, and found wrong, several times.
    private readonly HashSet<ConfigError> _errors = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    /// <summary>Adds a mistake of the member at a path such as <c>destinations.crm.retryOn[1]</c>.</summary>
    public void Add(string path, string message) => Add(Find(path).Place, path, message);

    public void Add(Place place, string path, string message)
    {
        _paths.Add(path);
        _errors.Add(new ConfigError(file, place.Line, place.Column, path.Length == 0 ? message : $"{path}: {message}"));
    }

    /// <summary>Whether the member at exactly this path was found wrong.</summary>
    public bool Has(string path) => _paths.Contains(path);

    /// <summary>The first of two paths that the file has; the first if it has neither.</summary>
    public string Written(string path, string otherwise) => Find(path).IsWhole || !Find(otherwise).IsWhole ? path : otherwise;

    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
        {
            throw new InvalidConfigException([.. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column)]);
        }
    }

    /// <summary>The place of the member, or of its nearest parent that the file has.</summary>
    private (Place Place, bool IsWhole) Find(string path)
    {
        ConfigNode node = root;
        var place = Place.Start;
        var rest = path.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Step(node, rest) is not { } step)
            {
                return (place, false);
            }

            (node, place, var length) = step;
            rest = rest[length..].TrimStart('.');
        }

        return (place, true);
    }

    private static (ConfigNode Node, Place Place, int Length)? Step(ConfigNode node, ReadOnlySpan<char> path)
    {
        if (node is ConfigNode.Sequence list)
        {
            var end = path.IndexOf(']');
            return end > 1 && int.TryParse(path[1..end], out var index) && index >= 0 && index < list.Items.Count
                ? (list.Items[index].Value, list.Items[index].Place, end + 1)
                : null;
        }

        // The longest name wins: the name of an HTTP header may contain a dot.
        (ConfigNode, Place, int)? best = null;
        foreach (var member in (node as ConfigNode.Mapping)?.Members ?? [])
        {
            var isPrefix = path.StartsWith(member.Name, StringComparison.Ordinal)
                && (path.Length == member.Name.Length || path[member.Name.Length] is '.' or '[');
            if (isPrefix && member.Name.Length > 0 && (best is not { } found || member.Name.Length > found.Item3))
            {
                best = (member.Value, member.Place, member.Name.Length);
            }
        }

        return best;
    }
}
