using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Postrider.Configuration;

/// <summary>Gives the nodes of the file the types of the records. Goes on after a mistake, with the member's default.</summary>
internal sealed class ConfigBinder(ConfigErrors errors, ReferenceExpander references, DestinationTypes destinationTypes)
{
    public PostriderConfig Bind(ConfigNode.Mapping root) =>
        (PostriderConfig)BindRecord(typeof(PostriderConfig), root, "", Place.Start);

    private object BindRecord(Type type, ConfigNode.Mapping mapping, string path, Place place)
    {
        if (type == typeof(DestinationConfig))
        {
            return BindDestination(mapping, path, place);
        }

        if (type == typeof(LogConfig))
        {
            return BindLog(mapping, path, place);
        }

        var record = Activator.CreateInstance(type)!;
        var members = SettingsMember.Of(type);
        BindMembers(record, members, mapping, path, place);
        ReportRepeats(mapping, path);
        foreach (var unknown in Others(mapping, members))
        {
            ReportUnknown(unknown, path, members);
        }

        return record;
    }

    /// <summary>A destination's members are of two records: what every type has, and the settings of its own type.</summary>
    private DestinationConfig BindDestination(ConfigNode.Mapping mapping, string path, Place place)
    {
        var common = SettingsMember.Of(typeof(DestinationConfig));
        var destination = Activator.CreateInstance<DestinationConfig>();
        BindMembers(destination, common, mapping, path, place);
        ReportRepeats(mapping, path);
        if (destination.Type is null)
        {
            return destination;
        }

        if (destinationTypes.Find(destination.Type) is not { } type)
        {
            // Its further members belong to a record that nobody knows; the type is the mistake to mend first.
            errors.Add(Path(path, "type"), $"unknown type '{destination.Type}'{NearestName.Hint(destination.Type, destinationTypes.Names)}");
            return destination;
        }

        var own = SettingsMember.Of(type.SettingsType);
        var settings = Activator.CreateInstance(type.SettingsType)!;
        BindMembers(settings, own, mapping, path, place);
        foreach (var unknown in Others(mapping, [.. common, .. own]))
        {
            ReportUnknown(unknown, path, [.. common, .. own]);
        }

        // A required member that is missing or wrong is null, against what its type says: nothing to show to foreign code.
        if (own.All(member => !member.IsRequired || member.Get(settings) is not null))
        {
            type.Validate(settings, new MemberErrors(errors, path));
        }

        return destination with { Settings = settings };
    }

    /// <summary>A log's members are its type and those of its type; what belongs to the other type is said to, so that nobody hunts a typing mistake.</summary>
    private LogConfig BindLog(ConfigNode.Mapping mapping, string path, Place place)
    {
        var embedded = SettingsMember.Of(typeof(LogConfig));
        var redis = SettingsMember.Of(typeof(RedisLogConfig));
        var log = new LogConfig();
        var type = embedded.Where(member => member.Name == "type").ToList();
        BindMembers(log, type, mapping, path, place);
        ReportRepeats(mapping, path);
        if (errors.Has(Path(path, "type")))
        {
            // Which members it may have depends on the type, which is the mistake to mend first.
            return log;
        }

        var own = log.Type is LogType.Redis ? [.. type, .. redis] : embedded;
        var others = log.Type is LogType.Redis ? embedded : redis;
        if (log.Type is LogType.Redis)
        {
            var settings = Activator.CreateInstance<RedisLogConfig>();
            BindMembers(settings, redis, mapping, path, place);
            log = log with { Redis = settings };
        }
        else
        {
            BindMembers(log, [.. embedded.Except(type)], mapping, path, place);
        }

        foreach (var unknown in Others(mapping, own))
        {
            if (others.Any(member => member.Name == unknown.Name))
            {
                var (theirs, ours) = log.Type is LogType.Redis ? (LogType.Embedded, log.Type) : (LogType.Redis, log.Type);
                errors.Add(unknown.NamePlace, Path(path, unknown.Name), $"belongs to type {ValueFormat.Format(theirs)}; this log is of type {ValueFormat.Format(ours)}");
            }
            else if (unknown.Name is "cluster")
            {
                errors.Add(unknown.NamePlace, Path(path, unknown.Name), "is found out by asking Redis; name some nodes of the Redis Cluster in connection");
            }
            else
            {
                ReportUnknown(unknown, path, own);
            }
        }

        return log;
    }

    private void BindMembers(object record, IReadOnlyList<SettingsMember> members, ConfigNode.Mapping mapping, string path, Place place)
    {
        foreach (var member in members)
        {
            if (mapping.Find(member.Name) is { } written)
            {
                if (Bind(member.Type, written.Value, Path(path, member.Name), written.Place, member.Range) is { } value)
                {
                    member.Set(record, value);
                }
            }
            else if (member.IsRequired)
            {
                var known = member.Name == "type" && record is DestinationConfig ? $"; known types are {string.Join(", ", destinationTypes.Names)}" : "";
                errors.Add(place, path, $"the member '{member.Name}' is missing{known}");
            }
        }
    }

    /// <summary>The value, or null where the member keeps its default: the file says nothing, or something wrong that is reported.</summary>
    private object? Bind(Type type, ConfigNode node, string path, Place place, RangeAttribute? range)
    {
        if (ValueFormat.IsValue(type))
        {
            return BindValue(type, node, path, place, range);
        }

        if (SettingsShape.IsList(type, out var element))
        {
            return BindList(element, node, path, place, range);
        }

        if (node is ConfigNode.Scalar { IsNothing: true })
        {
            return null;
        }

        if (node is not ConfigNode.Mapping mapping)
        {
            errors.Add(place, path, $"expected members, as in '{LastName(path)}: {{ name: value }}'; found {Kind(node)}");
            return null;
        }

        return SettingsShape.IsMap(type, out var value) ? BindMap(value, mapping, path) : BindRecord(type, mapping, path, place);
    }

    private object? BindValue(Type type, ConfigNode node, string path, Place place, RangeAttribute? range)
    {
        if (node is not ConfigNode.Scalar scalar || scalar.IsNothing)
        {
            var cure = node is ConfigNode.Scalar ? "no value; leave the member out for its default" : Kind(node);
            errors.Add(place, path, $"expected {ValueFormat.Describe(type)}; found {cure}");
            return null;
        }

        if (!references.TryExpand(scalar.Text, out var text, out var problem))
        {
            errors.Add(place, path, problem);
            return null;
        }

        // What a reference stands for may be a secret: messages show what the file says.
        var isReference = !string.Equals(text, scalar.Text, StringComparison.Ordinal);
        var parsed = ValueFormat.Parse(type, text);
        if (parsed is not null && ValueFormat.IsLiteral(type) && !scalar.IsPlain && !isReference)
        {
            errors.Add(place, path, $"expected {ValueFormat.Describe(type)}; found text, write it without quotes");
            return null;
        }

        if (parsed is null)
        {
            var hint = type.IsEnum ? NearestName.Hint(text, ValueFormat.EnumNames(type)) : "";
            hint = hint.StartsWith("; did", StringComparison.Ordinal) ? hint : "";
            errors.Add(place, path, $"expected {ValueFormat.Describe(type)}; found '{Shown(scalar.Text)}'{hint}");
            return null;
        }

        if (range is not null && !IsWithin(range, parsed))
        {
            errors.Add(place, path, $"must be {Describe(range)}; found '{Shown(scalar.Text)}'");
            return null;
        }

        return parsed;
    }

    private Array? BindList(Type element, ConfigNode node, string path, Place place, RangeAttribute? range)
    {
        if (node is not ConfigNode.Sequence list)
        {
            var found = node is ConfigNode.Scalar { IsNothing: true } ? "no value; write [] for an empty list, or leave the member out" : Kind(node);
            errors.Add(place, path, $"expected a list, as in '{LastName(path)}: [ … ]'; found {found}");
            return null;
        }

        var bound = new List<object>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (Bind(element, list.Items[i].Value, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", list.Items[i].Place, range) is { } value)
            {
                bound.Add(value);
            }
        }

        var array = Array.CreateInstance(element, bound.Count);
        ((System.Collections.IList)bound).CopyTo(array, 0);
        return array;
    }

    private System.Collections.IDictionary BindMap(Type type, ConfigNode.Mapping mapping, string path)
    {
        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), type), StringComparer.Ordinal)!;
        var isNamed = SettingsShape.IsNamed(type);
        ReportRepeats(mapping, path);
        foreach (var member in mapping.Members)
        {
            var memberPath = Path(path, member.Name);
            if (isNamed && !IsName(member.Name))
            {
                errors.Add(member.NamePlace, path, $"the name '{Shown(member.Name)}' is not allowed; a name is 1 to {MaxNameLength} letters, digits, '-' or '_'");
            }

            // `web:` with nothing behind it is a web that has only defaults.
            var value = isNamed && member.Value is ConfigNode.Scalar { IsNothing: true } ? ConfigNode.Mapping.Empty : member.Value;
            if (Bind(type, value, memberPath, member.Place, null) is { } bound)
            {
                if (isNamed)
                {
                    type.GetProperty("Name")!.SetValue(bound, member.Name);
                }

                map[member.Name] = bound;
            }
        }

        return map;
    }

    public const int MaxNameLength = 64;

    private void ReportRepeats(ConfigNode.Mapping mapping, string path)
    {
        foreach (var repeat in mapping.Repeats)
        {
            var first = mapping.Find(repeat.Name)?.NamePlace.Line.ToString(CultureInfo.InvariantCulture) ?? "?";
            errors.Add(repeat.NamePlace, Path(path, repeat.Name), $"given twice; the first is on line {first}");
        }
    }

    private void ReportUnknown(ConfigNode.Member unknown, string path, IReadOnlyList<SettingsMember> members) =>
        errors.Add(unknown.NamePlace, Path(path, unknown.Name), $"unknown member{NearestName.Hint(unknown.Name, members.Select(member => member.Name))}");

    private static IEnumerable<ConfigNode.Member> Others(ConfigNode.Mapping mapping, IReadOnlyList<SettingsMember> members) =>
        mapping.Members.Where(written => members.All(member => member.Name != written.Name));

    private static bool IsWithin(RangeAttribute range, object value)
    {
        var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return number >= Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture) && number <= Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
    }

    private static string Describe(RangeAttribute range) => range.Maximum is int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"at least {range.Minimum}")
        : string.Create(CultureInfo.InvariantCulture, $"between {range.Minimum} and {range.Maximum}");

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Kind(ConfigNode node) => node switch
    {
        ConfigNode.Mapping => "members",
        ConfigNode.Sequence => "a list",
        _ => "a single value",
    };

    private static string Shown(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : line[..60] + "…";
    }

    private static string Path(string path, string member) => path.Length == 0 ? member : $"{path}.{member}";

    private static string LastName(string path) => path[(path.LastIndexOf('.') + 1)..];

    /// <summary>Puts the destination's path before the members that its type names.</summary>
    private sealed class MemberErrors(ConfigErrors errors, string path) : ISettingsErrors
    {
        public void Add(string member, string message)
        {
            var full = Path(path, member);
            if (!errors.Has(full))
            {
                errors.Add(full, message);
            }
        }
    }
}
