namespace Postrider.Configuration;

/// <summary>The types of destinations that a file may name, checked once.</summary>
internal sealed class DestinationTypes
{
    private readonly Dictionary<string, IDestinationSettingsValidator> _types = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two have one name, or the settings of one cannot be bound.</exception>
    public DestinationTypes(IReadOnlyList<IDestinationSettingsValidator> types)
    {
        var common = SettingsMember.Of(typeof(DestinationConfig)).Select(member => member.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var type in types)
        {
            if (!_types.TryAdd(type.Type, type))
            {
                throw new ArgumentException($"Two destination types are named '{type.Type}'.", nameof(types));
            }

            SettingsShape.Check(type.SettingsType, type.Type);
            if (SettingsMember.Of(type.SettingsType).FirstOrDefault(member => common.Contains(member.Name)) is { } taken)
            {
                throw new ArgumentException($"The destination type '{type.Type}' has a setting '{taken.Name}', which every destination has.", nameof(types));
            }
        }
    }

    public IEnumerable<string> Names => _types.Keys;

    public IDestinationSettingsValidator? Find(string name) => _types.GetValueOrDefault(name);
}
