using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>The OAuth 2.0 client credentials grant (RFC 6749, section 4.4).</summary>
public sealed record OAuth2Settings
{
    /// <summary>Where tokens are fetched: an http or https URL.</summary>
    [Secret(IsAddress = true)]
    [Description("Where tokens are fetched: an http or https URL.")]
    public required string TokenUrl { get; init; }

    /// <summary>The client's id.</summary>
    [Description("The client's id.")]
    public required string ClientId { get; init; }

    /// <summary>The client's secret.</summary>
    [Secret]
    [Description("The client's secret.")]
    public required string ClientSecret { get; init; }

    /// <summary>The scopes to ask for. Default: none, the server chooses.</summary>
    [Description("The scopes to ask for. Left out: the server chooses.")]
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The audience to ask for, where the server wants one.</summary>
    [Description("The audience to ask for, where the server wants one.")]
    public string? Audience { get; init; }

    /// <summary>Where id and secret go. Default: the Authorization header.</summary>
    [Description("Where id and secret go: in the Authorization header, or in the body of the token request.")]
    public OAuth2ClientAuth ClientAuth { get; init; } = OAuth2ClientAuth.Basic;

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"OAuth2Settings {{ TokenUrl = {SafeUrl.Of(TokenUrl)}, ClientId = {ClientId} }}";
}

/// <summary>Where a client writes its id and secret in a token request.</summary>
public enum OAuth2ClientAuth
{
    /// <summary>In the Authorization header.</summary>
    Basic,

    /// <summary>In the form, as <c>client_id</c> and <c>client_secret</c>.</summary>
    Body,
}
