using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>A key that every request carries, in a header or in the query.</summary>
public sealed record ApiKeySettings
{
    /// <summary>The header's name, as <c>X-Api-Key</c>.</summary>
    [Description("The header that carries the key, as X-Api-Key.")]
    public string? Header { get; init; }

    /// <summary>The query parameter's name, as <c>api_key</c>.</summary>
    [Description("The query parameter that carries the key, as api_key. A header is the better place: servers log queries.")]
    public string? Query { get; init; }

    /// <summary>The key.</summary>
    [Secret]
    [Description("The key.")]
    public required string Value { get; init; }

    /// <summary>Where the key goes, without the key.</summary>
    public override string ToString() => $"ApiKeySettings {{ Header = {Header}, Query = {Query} }}";
}
