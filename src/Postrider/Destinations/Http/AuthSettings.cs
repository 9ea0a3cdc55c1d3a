using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>How requests prove who sends them: one of the members.</summary>
public sealed record AuthSettings
{
    /// <summary>A token, sent as <c>Authorization: Bearer</c>.</summary>
    [Secret]
    [Description("A token, sent as Authorization: Bearer …")]
    public string? Bearer { get; init; }

    /// <summary>User and password, sent as <c>Authorization: Basic</c>.</summary>
    [Description("User and password, sent as Authorization: Basic …")]
    public BasicAuthSettings? Basic { get; init; }

    /// <summary>A key in a header or in the query.</summary>
    [Description("A key in a header or in the query.")]
    public ApiKeySettings? ApiKey { get; init; }

    /// <summary>Tokens from an OAuth 2.0 server, by the client credentials grant.</summary>
    [Description("Tokens from an OAuth 2.0 server, by the client credentials grant.")]
    public OAuth2Settings? Oauth2 { get; init; }

    /// <summary>Which kind, without secrets.</summary>
    public override string ToString() =>
        Bearer is not null ? "bearer" : Basic is not null ? "basic" : ApiKey is not null ? "apiKey" : Oauth2 is not null ? "oauth2" : "none";
}
