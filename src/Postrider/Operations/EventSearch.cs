namespace Postrider.Operations;

/// <summary>Which events of the log are looked for.</summary>
public sealed record EventSearch
{
    /// <summary>By key, type and time; its class says nothing here.</summary>
    public EventFilter Filter { get; init; } = new();

    /// <summary>Of this source; null: of any.</summary>
    public string? Source { get; init; }

    /// <summary>Where the last page ended; null: from the newest.</summary>
    public string? Cursor { get; init; }

    /// <summary>At most so many.</summary>
    public int Limit { get; init; } = 50;
}
