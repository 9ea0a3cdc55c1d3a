using System.Text;

namespace Postrider.Journal;

/// <summary>Names of destinations and of error classes by number, so that rows need not repeat them. Only grows; its owner locks.</summary>
internal sealed class NameTable
{
    // Far beyond what a configuration holds; it bounds what ever-new names could cost.
    private const int MaxNames = 20_000;
    private const string Others = "other";

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    public NameTable()
    {
        NumberOf(Others);
    }

    public int Count => _names.Count;

    public int NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out var number))
        {
            return number;
        }

        if (_names.Count == MaxNames)
        {
            return 0;
        }

        _numbers.Add(name, _names.Count);
        _names.Add(name);
        return _names.Count - 1;
    }

    public int? Find(string name) => _numbers.TryGetValue(name, out var number) ? number : null;

    /// <summary>All of them, by number.</summary>
    public string[] ToArray() => [.. _names];

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Join('\n', _names));

    /// <summary>Takes over what was stored, in a table that has no names yet.</summary>
    public void Load(byte[] bytes)
    {
        foreach (var name in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            NumberOf(name);
        }
    }
}
