namespace Postrider.Load.Receiving;

/// <summary>How a receiver behaves.</summary>
internal enum ReceiverMode
{
    /// <summary>Answers 200.</summary>
    Up,

    /// <summary>Refuses connections, as a process that is gone does.</summary>
    Down,

    /// <summary>Answers everything 503.</summary>
    Unavailable,

    /// <summary>Answers one percent of the users 500.</summary>
    FailSome,

    /// <summary>Never answers one percent of the users.</summary>
    HangSome,
}
