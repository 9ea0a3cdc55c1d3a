using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Postrider.Configuration;

/// <summary>
/// Turns YAML text into nodes with their places. Built on the parser's events and not on YamlDotNet's own tree, because
/// that one stops at the first repeated member, and recurses without bound into nested and aliased values.
/// </summary>
internal sealed class YamlTree
{
    // A thousand destinations with thirty members each stay below it; a file of nested aliases does not.
    private const int MaxValues = 100_000;

    // The deepest member of the records is at 5; settings of plug-ins may add some.
    private const int MaxDepth = 32;

    private readonly string _file;
    private readonly string _text;
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private readonly Dictionary<string, ConfigNode> _anchors = new(StringComparer.Ordinal);

    private YamlTree(string text, string file)
    {
        _file = file;
        _text = text;
        _scanner = new Scanner(new StringReader(text), skipComments: true);
        _parser = new Parser(_scanner);
    }

    /// <summary>The mapping that the text is; an empty one if the text says nothing.</summary>
    /// <exception cref="InvalidConfigException">It is no YAML, or not one mapping.</exception>
    public static ConfigNode.Mapping Load(string text, string file) => new YamlTree(text, file).ReadStream();

    private ConfigNode.Mapping ReadStream()
    {
        Next();
        if (Next() is not DocumentStart)
        {
            return ConfigNode.Mapping.Empty;
        }

        var first = Next();
        var root = ReadNode(first, depth: 1);
        Next();
        if (Next() is DocumentStart second)
        {
            throw Wrong(second.Start, "a second document begins here; a configuration is one document");
        }

        return root switch
        {
            ConfigNode.Mapping mapping => mapping,
            ConfigNode.Scalar { IsNothing: true } => ConfigNode.Mapping.Empty,
            _ => throw Wrong(first.Start, "expected members such as 'gateway:' and 'destinations:'"),
        };
    }

    private ConfigNode ReadNode(ParsingEvent at, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Wrong(at.Start, $"nested deeper than {MaxDepth} levels");
        }

        if (at is AnchorAlias alias)
        {
            // An anchor counts once its value is complete, so no value can contain itself.
            return _anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw Wrong(at.Start, $"the alias '*{alias.Value.Value}' names no anchor that stands before it");
        }

        if (at is not NodeEvent start)
        {
            throw InvalidYaml(at.Start, "a value is missing");
        }

        if (!start.Tag.IsEmpty)
        {
            throw Wrong(at.Start, "tags such as '!!str' are not supported; write the value without one");
        }

        ConfigNode node = at switch
        {
            Scalar scalar => new ConfigNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadSequence(depth),
            _ => ReadMapping(depth),
        };
        if (node.Size > MaxValues)
        {
            throw Wrong(at.Start, $"more than {MaxValues} values, counting what aliases repeat");
        }

        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor.Value] = node;
        }

        return node;
    }

    private ConfigNode.Sequence ReadSequence(int depth)
    {
        var items = new List<ConfigNode.Item>();
        long size = 0;
        for (var at = Next(); at is not SequenceEnd; at = Next())
        {
            var item = new ConfigNode.Item(ReadNode(at, depth + 1), PlaceOf(at.Start));
            size = Grow(size, item.Value, at);
            items.Add(item);
        }

        return new ConfigNode.Sequence(items);
    }

    private ConfigNode.Mapping ReadMapping(int depth)
    {
        var members = new Dictionary<string, ConfigNode.Member>(StringComparer.Ordinal);
        var repeats = new List<ConfigNode.Member>();
        ConfigNode.Member? merge = null;
        long size = 0;
        for (var at = Next(); at is not MappingEnd; at = Next())
        {
            if (at is not Scalar name)
            {
                throw Wrong(at.Start, "expected the name of a member");
            }

            var value = Next();
            var member = new ConfigNode.Member(name.Value, PlaceOf(name.Start), ReadNode(value, depth + 1), PlaceOf(value.Start));
            size = Grow(size, member.Value, value);
            if (name is { Value: "<<", Style: ScalarStyle.Plain } && merge is null)
            {
                merge = member;
            }
            else if (!members.TryAdd(member.Name, member))
            {
                repeats.Add(member);
            }
        }

        if (merge is { } merged)
        {
            Merge(merged, members);
        }

        return new ConfigNode.Mapping([.. members.Values], repeats);
    }

    /// <summary>The merge key <c>&lt;&lt;</c>: members of other mappings, unless the mapping has its own.</summary>
    private void Merge(ConfigNode.Member merge, Dictionary<string, ConfigNode.Member> members)
    {
        IEnumerable<ConfigNode> sources = merge.Value is ConfigNode.Sequence list ? list.Items.Select(item => item.Value) : [merge.Value];
        foreach (var source in sources)
        {
            if (source is not ConfigNode.Mapping mapping)
            {
                throw Wrong(merge.NamePlace, "'<<' takes an alias of a mapping, or a list of such aliases");
            }

            foreach (var member in mapping.Members)
            {
                members.TryAdd(member.Name, member);
            }
        }
    }

    // Checked while it grows: the sum of a node's children could pass the range of an int before the node is complete.
    private long Grow(long size, ConfigNode value, ParsingEvent at)
    {
        size += value.Size;
        return size <= MaxValues ? size : throw Wrong(at.Start, $"more than {MaxValues} values, counting what aliases repeat");
    }

    private ParsingEvent Next()
    {
        try
        {
            if (_parser.MoveNext() && _parser.Current is { } current)
            {
                return current;
            }
        }
        catch (YamlException exception)
        {
            throw InvalidYaml(exception.Start, exception.Message);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The scanner lets these out for an open bracket, some escapes, and ends of text that it did not expect.
            throw InvalidYaml(_scanner.CurrentPosition, "this cannot be read; look for an open bracket or quote before it");
        }

        throw InvalidYaml(_scanner.CurrentPosition, "it ends too early");
    }

    private InvalidConfigException InvalidYaml(Mark mark, string message)
    {
        // The parser may notice a tab a line later than it blames.
        foreach (var number in new[] { mark.Line, _scanner.CurrentPosition.Line })
        {
            var suspect = Line(number);
            if (suspect.AsSpan(0, suspect.Length - suspect.TrimStart().Length).Contains('\t'))
            {
                return Wrong(new Place((int)number, 1), "not valid YAML: a tab in the indentation; write spaces");
            }
        }

        var hint = Line(mark.Line).Contains("${", StringComparison.Ordinal) ? " Between { } or [ ] a value with ${…} needs quotes." : "";
        return Wrong(mark, $"not valid YAML: {message}{hint}");
    }

    private string Line(long number) => _text.Split('\n').ElementAtOrDefault((int)number - 1) ?? "";

    private InvalidConfigException Wrong(Mark mark, string message) => Wrong(PlaceOf(mark), message);

    private InvalidConfigException Wrong(Place place, string message) =>
        new([new ConfigError(_file, place.Line, place.Column, message)]);

    private static Place PlaceOf(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));
}
