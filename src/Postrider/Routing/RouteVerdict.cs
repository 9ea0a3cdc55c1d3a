namespace Postrider.Routing;

/// <summary>Whether a destination gets an event, and why not.</summary>
internal enum RouteVerdict
{
    /// <summary>It gets it.</summary>
    Routed,

    /// <summary>No connection leads from the event's source to it.</summary>
    NotConnected,

    /// <summary>The request named others.</summary>
    NotRequested,

    /// <summary>The request left it out.</summary>
    Excluded,
}
