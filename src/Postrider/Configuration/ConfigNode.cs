namespace Postrider.Configuration;

/// <summary>A value of the file as it was written, before it is given a type.</summary>
internal abstract class ConfigNode
{
    private ConfigNode(int size)
    {
        Size = size;
    }

    /// <summary>How many values it holds, itself included; what an alias repeats counts again.</summary>
    public int Size { get; }

    /// <summary>A single value. Only an unquoted one can be a number, true, false or nothing.</summary>
    internal sealed class Scalar(string text, bool isPlain) : ConfigNode(1)
    {
        public string Text { get; } = text;

        public bool IsPlain { get; } = isPlain;

        public bool IsNothing => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");
    }

    /// <summary><c>[a, b]</c> or lines with dashes.</summary>
    internal sealed class Sequence(IReadOnlyList<Item> items) : ConfigNode(1 + items.Sum(item => item.Value.Size))
    {
        public IReadOnlyList<Item> Items { get; } = items;
    }

    /// <summary><c>{ a: 1 }</c> or lines with colons.</summary>
    /// <param name="members">The members, each name once.</param>
    /// <param name="repeats">Members whose name had been given before.</param>
    internal sealed class Mapping(IReadOnlyList<Member> members, IReadOnlyList<Member> repeats)
        : ConfigNode(1 + members.Sum(member => member.Value.Size))
    {
        public static Mapping Empty { get; } = new([], []);

        public IReadOnlyList<Member> Members { get; } = members;

        public IReadOnlyList<Member> Repeats { get; } = repeats;

        public Member? Find(string name)
        {
            foreach (var member in Members)
            {
                if (string.Equals(member.Name, name, StringComparison.Ordinal))
                {
                    return member;
                }
            }

            return null;
        }
    }

    internal readonly record struct Item(ConfigNode Value, Place Place);

    internal readonly record struct Member(string Name, Place NamePlace, ConfigNode Value, Place ValuePlace)
    {
        /// <summary>Where a mistake in the value is shown: at a written scalar itself, else at the name above or before it.</summary>
        public Place Place => Value is Scalar { IsNothing: false } ? ValuePlace : NamePlace;
    }
}
