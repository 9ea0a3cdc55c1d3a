using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Postrider.Configuration;

/// <summary>
/// Writes a configuration as YAML: every member with the value in force, defaults too, in the order of the records; secrets masked.
/// Members that say nothing are left out: null, and lists and maps that are empty and are so by default.
/// </summary>
internal sealed partial class ConfigYaml
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<ConfigLine> _lines = [];

    private ConfigYaml()
    {
    }

    public static IReadOnlyList<ConfigLine> Write(PostriderConfig config)
    {
        var yaml = new ConfigYaml();
        yaml.WriteRecord(config, "", 0);
        return yaml._lines;
    }

    /// <summary>The members of a record as the file has them: those of a type stand beside those that all types have.</summary>
    private static IEnumerable<(SettingsMember Member, object? Value, object Owner)> MembersOf(object record)
    {
        if (record is LogConfig { Redis: { } redis } log)
        {
            return Of(log).Where(entry => entry.Member.Name == "type").Concat(Of(redis));
        }

        return record is DestinationConfig destination ? Of(destination).Concat(Of(destination.Settings)) : Of(record);

        static IEnumerable<(SettingsMember Member, object? Value, object Owner)> Of(object owner) => SettingsMember.Of(owner.GetType()).Select(member => (member, member.Get(owner), owner));
    }

    // What a record says that nobody wrote anything into; null where it cannot be made.
    private static bool IsEmptyByDefault(SettingsMember member, object owner) =>
        owner.GetType().GetConstructor(Type.EmptyTypes) is null || member.Get(Activator.CreateInstance(owner.GetType())!) is null or ICollection { Count: 0 };

    private static string Scalar(string text) => PlainText().IsMatch(text) && !Meaningful().IsMatch(text) ? text : JsonSerializer.Serialize(text, Quoting);

    private static string Indent(int depth) => new(' ', depth * 2);

    private void WriteRecord(object record, string path, int depth)
    {
        foreach (var (member, value, owner) in MembersOf(record))
        {
            if (value is null || (value is ICollection { Count: 0 } && IsEmptyByDefault(member, owner)))
            {
                continue;
            }

            WriteMember(member.Name, value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", depth, member.Mask);
        }
    }

    private void WriteMember(string name, object value, string path, int depth, Func<string, string> mask)
    {
        var head = $"{Indent(depth)}{Scalar(name)}:";
        if (ValueFormat.IsValue(value.GetType()))
        {
            AddValue(path, head + " ", value, mask);
        }
        else if (value is IDictionary map)
        {
            _lines.Add(new ConfigLine(path, map.Count == 0 ? head + " {}" : head, null));
            foreach (DictionaryEntry entry in map)
            {
                WriteMember((string)entry.Key, entry.Value!, $"{path}.{entry.Key}", depth + 1, mask);
            }
        }
        else if (value is IEnumerable list)
        {
            WriteList(list.Cast<object>().ToList(), head, path, depth, mask);
        }
        else
        {
            var before = _lines.Count;
            _lines.Add(new ConfigLine(path, head, null));
            WriteRecord(value, path, depth + 1);
            if (_lines.Count == before + 1)
            {
                _lines[before] = new ConfigLine(path, head + " {}", null);
            }
        }
    }

    private void WriteList(List<object> items, string head, string path, int depth, Func<string, string> mask)
    {
        _lines.Add(new ConfigLine(path, items.Count == 0 ? head + " []" : head, null));
        for (var i = 0; i < items.Count; i++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (ValueFormat.IsValue(items[i].GetType()))
            {
                AddValue(itemPath, $"{Indent(depth + 1)}- ", items[i], mask);
                continue;
            }

            // The item's first member stands behind its dash.
            var before = _lines.Count;
            WriteRecord(items[i], itemPath, depth + 2);
            if (_lines.Count > before)
            {
                _lines[before] = _lines[before] with { Text = $"{Indent(depth + 1)}- {_lines[before].Text.TrimStart()}" };
            }
        }
    }

    private void AddValue(string path, string head, object value, Func<string, string> mask)
    {
        var text = ValueFormat.Format(value);
        var shown = value is string ? mask(text) : text;
        _lines.Add(new ConfigLine(path, head + (value is string ? Scalar(shown) : shown), shown == text ? null : text));
    }

    // What YAML takes for text without quotes, whatever stands around it.
    [GeneratedRegex(@"^[\p{L}\p{N}_./][\p{L}\p{N}_./@+~ -]*(?<! )$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainText();

    // Text that YAML takes for something else.
    [GeneratedRegex(@"^(true|false|null|yes|no|on|off|y|n|~|[-+.]?[0-9][0-9_.eE+-]*|0[xo][0-9A-Fa-f]+|\.(inf|nan)|.*[0-9]+-[0-9]+-[0-9]+.*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Meaningful();
}
