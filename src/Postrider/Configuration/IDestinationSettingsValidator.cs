namespace Postrider.Configuration;

/// <summary>What the configuration reader must know of a destination type, without knowing the type itself.</summary>
public interface IDestinationSettingsValidator
{
    /// <summary>The word in <c>type:</c>.</summary>
    string Type { get; }

    /// <summary>
    /// The record that the type's own members are bound to: public init properties, camelCase in the file, described by
    /// <see cref="System.ComponentModel.DescriptionAttribute"/>; a <c>required</c> property must be given.
    /// </summary>
    Type SettingsType { get; }

    /// <summary>Checks what binding cannot: adds an error for each member that is impossible.</summary>
    /// <param name="settings">An instance of <see cref="SettingsType"/>.</param>
    /// <param name="errors">Takes an error for a member by its name, as in <c>errors.Add("url", "must be http or https")</c>.</param>
    void Validate(object settings, ISettingsErrors errors);
}
