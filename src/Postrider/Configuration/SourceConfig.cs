using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Postrider.Configuration;

/// <summary>Where events come from.</summary>
public sealed record SourceConfig
{
    /// <summary>Its name: the member's name in <c>sources</c>.</summary>
    [Browsable(false)]
    public string Name { get; init; } = "";

    /// <summary>Takes requests that carry no key. At most one source may.</summary>
    [Description("Takes requests that carry no write key. At most one source may.")]
    public bool Default { get; init; }

    /// <summary>The key that clients send as the Basic user name.</summary>
    [Description("The key that clients send as the user name of Basic authentication.")]
    public string? WriteKey { get; init; }

    /// <summary>Several keys, for rotation.</summary>
    [Description("Several write keys at once, for rotation.")]
    public IReadOnlyList<string> WriteKeys { get; init; } = [];

    // A record prints its members; keys are not for logs.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Name = {Name}, Default = {Default}, WriteKeys = {WriteKeys.Count + (WriteKey is null ? 0 : 1)}");
        return true;
    }
}
