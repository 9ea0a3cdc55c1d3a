namespace Postrider.Delivery;

/// <summary>Someone who reads from a ring.</summary>
internal interface IRingReader
{
    /// <summary>Where it reads next; may be asked by any thread.</summary>
    long ReadPosition { get; }

    /// <summary>There is something new. Returns at once.</summary>
    void Wake();
}
