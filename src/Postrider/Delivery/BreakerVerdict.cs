namespace Postrider.Delivery;

/// <summary>How an attempt ended, as far as the destination as a whole is concerned.</summary>
internal enum BreakerVerdict
{
    /// <summary>The receiver works: it took the event, or refused this one event.</summary>
    Works,

    /// <summary>It failed in a way that a retry may cure.</summary>
    Fails,

    /// <summary>It said that it lets nobody in: a wrong password, a missing right.</summary>
    Refuses,

    /// <summary>It answered 401, 403, 404, 407 or 410: perhaps it rejects everything.</summary>
    Rejects,
}
