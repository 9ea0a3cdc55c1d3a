namespace Postrider.Log.Embedded;

/// <summary>Where delivery begins when the log's state is lost.</summary>
internal enum DeliverFrom
{
    /// <summary>At the oldest event still held: nothing is missed, much may be delivered again.</summary>
    Oldest,

    /// <summary>At the end: nothing is delivered again, what was pending is not delivered.</summary>
    Tail,
}
