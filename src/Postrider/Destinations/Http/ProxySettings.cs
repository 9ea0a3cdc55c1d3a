using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>A forward proxy that all requests of a destination go through.</summary>
public sealed record ProxySettings
{
    /// <summary>Where it listens: an http URL of host and port.</summary>
    [Secret(IsAddress = true)]
    [Description("Where the proxy listens, as http://proxy.internal:3128.")]
    public required string Url { get; init; }

    /// <summary>The user name it asks for. Null: it asks for none.</summary>
    [Description("The user name that the proxy asks for.")]
    public string? User { get; init; }

    /// <summary>The password beside it.</summary>
    [Secret]
    [Description("The password beside it.")]
    public string? Password { get; init; }

    /// <summary>Without user and password.</summary>
    public override string ToString() => $"ProxySettings {{ Url = {SafeUrl.Of(Url)} }}";
}
