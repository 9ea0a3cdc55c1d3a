namespace Postrider.Gateway;

/// <summary>What the gateway needs to know of a <c>/publish</c> body.</summary>
internal readonly struct PublishRequest
{
    /// <summary>Unescaped UTF-8. May lie in the body's own memory: gone when the body is.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Null: the request did not say.</summary>
    public IReadOnlyList<string>? Destinations { get; init; }
}
