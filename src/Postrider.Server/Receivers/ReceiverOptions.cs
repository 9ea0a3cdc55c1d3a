using System.Net;

namespace Postrider.Server.Receivers;

/// <summary>How the sample receivers behave.</summary>
internal sealed record ReceiverOptions
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 5000;

    /// <summary>The share of events that is answered 500.</summary>
    public double FailRate { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>Takes a line for each event; null: none is made.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>Of whose events lines are made.</summary>
    public Func<string, bool> PrintsEventsOf { get; init; } = _ => true;

    /// <summary>False: another host of this process listens to signals.</summary>
    public bool StopsOnSignals { get; init; } = true;
}
