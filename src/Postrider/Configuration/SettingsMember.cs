using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Postrider.Configuration;

/// <summary>A member that a record takes from the file: a public init property, camelCase in the file.</summary>
internal sealed class SettingsMember
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<SettingsMember>> Known = new();

    private readonly PropertyInfo _property;

    private SettingsMember(PropertyInfo property)
    {
        _property = property;
        Name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        Description = property.GetCustomAttribute<DescriptionAttribute>()?.Description;
        Range = property.GetCustomAttribute<RangeAttribute>();
        Mask = property.GetCustomAttribute<SecretAttribute>() switch
        {
            { IsAddress: true } => SecretMask.Address,
            { } => SecretMask.Whole,
            null when SecretMask.IsSuspicious(Name) => SecretMask.Whole,
            _ => SecretMask.Plain,
        };
    }

    public string Name { get; }

    /// <summary>The type of its value; for a nullable one the type beneath.</summary>
    public Type Type { get; }

    public bool IsRequired { get; }

    public string? Description { get; }

    /// <summary>The numbers that it allows; on a list, those that each element allows.</summary>
    public RangeAttribute? Range { get; }

    /// <summary>Hides what must not be shown of a text of it; of a list or map, of each of its texts.</summary>
    public Func<string, string> Mask { get; }

    /// <summary>The members of a record, in the order of its source. Those with <c>[Browsable(false)]</c> are not the file's.</summary>
    public static IReadOnlyList<SettingsMember> Of(Type record) => Known.GetOrAdd(record, static type =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Where(property => property.GetCustomAttribute<BrowsableAttribute>() is not { Browsable: false })
            .OrderBy(property => property.MetadataToken)
            .Select(property => new SettingsMember(property))]);

    public void Set(object record, object? value) => _property.SetValue(record, value);

    public object? Get(object record) => _property.GetValue(record);
}
