namespace Postrider.Events;

/// <summary>How an event stands to those the log remembers.</summary>
internal enum Repeat
{
    /// <summary>It is new, and was stored.</summary>
    None,

    /// <summary>The same event came before; this one was not stored and has the first one's place.</summary>
    Same,

    /// <summary>Another event came before under the same id; this one was not stored and has the first one's place.</summary>
    Conflicting,
}
