using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>Basic authentication.</summary>
public sealed record BasicAuthSettings
{
    /// <summary>The user name; without a colon.</summary>
    [Secret]
    [Description("The user name; without a colon.")]
    public required string User { get; init; }

    /// <summary>The password. Default: empty, as services want it that take a key as the user name.</summary>
    [Secret]
    [Description("The password. Left out: empty, as services want it that take a key as the user name.")]
    public string Password { get; init; } = "";

    /// <summary>Without its values.</summary>
    public override string ToString() => nameof(BasicAuthSettings);
}
