namespace Postrider.Configuration;

/// <summary>The member holds a secret, or something with a secret in it: whoever shows the configuration masks its value; of a map, all its values.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute
{
    /// <summary>It is an address: only what is secret in it is masked, which is its user and password, the values of its query, and long parts of its path.</summary>
    public bool IsAddress { get; init; }
}
