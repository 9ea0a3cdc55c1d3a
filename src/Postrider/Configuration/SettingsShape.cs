using System.Diagnostics.CodeAnalysis;

namespace Postrider.Configuration;

/// <summary>What kind of YAML a type is bound to. The reader and the schema both ask here, so they cannot disagree.</summary>
internal static class SettingsShape
{
    /// <summary>A list, and the type of its elements.</summary>
    public static bool IsList(Type type, [NotNullWhen(true)] out Type? element)
    {
        element = type.IsArray ? type.GetElementType()
            : type.IsGenericType && type.GetGenericArguments() is [var only] && type.IsAssignableFrom(only.MakeArrayType()) ? only
            : null;
        return element is not null;
    }

    /// <summary>A map from names to values, and the type of its values.</summary>
    public static bool IsMap(Type type, [NotNullWhen(true)] out Type? value)
    {
        value = type.IsGenericType && type.GetGenericArguments() is [var key, var found] && key == typeof(string)
            && type.IsAssignableFrom(typeof(Dictionary<,>).MakeGenericType(key, found)) ? found : null;
        return value is not null;
    }

    /// <summary>A map of things that have their key as their name: sources, destinations.</summary>
    public static bool IsNamed(Type type) => type.GetProperty("Name") is { } name && name.PropertyType == typeof(string) && !ValueFormat.IsValue(type)
        && SettingsMember.Of(type).All(member => member.Name != "name");

    /// <summary>Refuses a type that cannot be bound, when a destination type is added and not when its file is read.</summary>
    /// <exception cref="ArgumentException">It cannot be bound; the message says which member and why.</exception>
    public static void Check(Type type, string path)
    {
        if (ValueFormat.IsValue(type))
        {
            return;
        }

        if (IsList(type, out var inner) || IsMap(type, out inner))
        {
            Check(Nullable.GetUnderlyingType(inner) ?? inner, path);
            return;
        }

        if (!type.IsClass || type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is null || type == typeof(object))
        {
            throw new ArgumentException($"{path} is a {type}. A setting is a string, bool, int, long, double, enum, TimeSpan, ByteSize or RateLimit, "
                + "a list or a map of them, or a record with a constructor without parameters.");
        }

        foreach (var member in SettingsMember.Of(type))
        {
            Check(member.Type, $"{path}.{member.Name}");
        }
    }
}
