namespace Postrider.Configuration;

/// <summary>The member holds a secret, or something with a secret in it: whoever shows the configuration masks its value; of a map, all its values.</summary>
/// <remarks>Of an address only what is secret in it is masked: its user, its password, and its query.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
